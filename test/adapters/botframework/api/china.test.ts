import { describe, expect, it, onTestFinished } from 'vitest'
import { readBotFrameworkConfig } from '../../../../adapters/botframework/config.ts'
import type { Settings } from '../../../../src/port.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import { createSetup } from '../setup.ts'

describe('in China', () => {
  it('the cloud that 21Vianet runs takes the place of everybody’s', async () => {
    const setup = await createSetup({
      settings: { BOT_CLOUD: 'china' },
      stoodInFor: ['https://smba.trafficmanager.cn'],
    })
    onTestFinished(() => setup.close())
    const { fake, adapter } = setup
    const claims = { iss: 'https://api.botframework.azure.cn' }
    const activity = {
      ...fake.activities.message('Hello'),
      serviceUrl: 'https://smba.trafficmanager.cn/teams/',
    }
    const inChina = { claims: { ...claims, serviceurl: activity.serviceUrl } }
    expect(await setup.status(await fake.request(activity, inChina))).toBe(200)
    const abroad = 'https://smba.trafficmanager.net/emea/'
    const outside = { claims: { ...claims, serviceurl: abroad } }
    expect(await setup.status(await fake.request({ ...activity, serviceUrl: abroad }, outside))).toBe(401)
    expect(await setup.status(await fake.request(fake.activities.message('Hello')))).toBe(401)
    const { address } = await adapter.read(JSON.stringify(activity), neverAborted)
    if (address === undefined) throw new Error('The message has no address.')
    await adapter.send({ deliveryId: 'd-1', address, text: 'Yes' }, neverAborted)
    const token = fake.server.requests.find(({ path }) => path === '/token')
    expect(new URLSearchParams(token?.body).get('scope')).toBe('https://api.botframework.azure.cn/.default')
  })

  it.each<[Settings, string]>([
    [{}, 'tenant'],
    [{ MicrosoftAppType: 'MultiTenant' }, 'microsoftservices.partner.onmschina.cn'],
  ])('tokens come from its directory, with %j', (settings, directory) => {
    const config = readBotFrameworkConfig(
      {
        MicrosoftAppId: 'app',
        MicrosoftAppPassword: 'p',
        MicrosoftAppTenantId: 'tenant',
        BOT_OPENID_METADATA: 'https://login.botframework.azure.cn/v1/.well-known/openidconfiguration',
        ...settings,
      },
      (name, remedy) => {
        throw new Error(`${name} ${remedy}`)
      },
    )
    expect(config?.app?.secret).toMatchObject({
      tokenUrl: `https://login.partner.microsoftonline.cn/${directory}/oauth2/v2.0/token`,
    })
    expect(config?.cloud.exchangeAudience).toBe('api://AzureADTokenExchangeChina')
  })
})
