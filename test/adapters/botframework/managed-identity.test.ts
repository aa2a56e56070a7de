import { expect, onTestFinished, test, vi } from 'vitest'
import type { BotFrameworkConfig } from '../../../adapters/botframework/config.ts'
import { createTokens } from '../../../adapters/botframework/tokens.ts'
import { createFakeServer } from '../../fakes/server.ts'

/** As Azure App Service answers: https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference */
test('a managed identity asks the machine it runs on, by the SDK', async () => {
  const server = await createFakeServer(() => ({
    status: 200,
    body: {
      access_token: 'token-of-the-machine',
      expires_on: String(Math.floor(Date.now() / 1000) + 3600),
      resource: 'https://api.botframework.com',
      token_type: 'Bearer',
    },
  }))
  onTestFinished(() => server.close())
  vi.stubEnv('IDENTITY_ENDPOINT', `${server.url}/msi/token`)
  vi.stubEnv('IDENTITY_HEADER', 'secret-of-the-machine')
  onTestFinished(() => void vi.unstubAllEnvs())
  const config = {
    app: {
      id: '5c1c0a52-7c1e-4d55-a0f0-0b8f0a6f3c11',
      secret: { kind: 'managed identity', tenant: 'tenant' },
    },
    cloud: { issuer: 'https://api.botframework.com' },
  } as BotFrameworkConfig
  const clock = { now: () => Date.now() } as Parameters<typeof createTokens>[0]['clock']

  expect(await createTokens({ config, clock, fetch, timeLimitMs: 5_000 }).get()).toBe('token-of-the-machine')

  const [request] = server.requests
  expect(request?.headers['x-identity-header']).toBe('secret-of-the-machine')
  expect(request?.query.get('client_id')).toBe(config.app?.id)
})
