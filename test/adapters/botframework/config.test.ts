import { expect, it } from 'vitest'
import { readBotFrameworkConfig } from '../../../adapters/botframework/config.ts'
import type { Settings } from '../../../src/port.ts'
import { createReader, expectProblem } from '../read-config.ts'

const app = { MicrosoftAppId: 'app', MicrosoftAppPassword: 'pass-word', MicrosoftAppTenantId: 'tenant' }

const read = createReader(readBotFrameworkConfig)

it('is off without an app id', () => {
  expect(read({})).toEqual({ config: undefined, problems: [] })
  expect(read({ BOT_ALLOW_ANONYMOUS: 'false', MicrosoftAppId: ' ' })).toEqual({
    config: undefined,
    problems: [],
  })
})

it('is for one tenant by default', () => {
  const { config, problems } = read(app)
  expect(problems).toEqual([])
  expect(config).toEqual({
    app: {
      id: 'app',
      secret: {
        kind: 'password',
        password: 'pass-word',
        tokenUrl: 'https://login.microsoftonline.com/tenant/oauth2/v2.0/token',
      },
    },
    tenants: [],
    serviceOrigins: [],
    cloud: expect.objectContaining({ issuer: 'https://api.botframework.com' }),
  })
  expect(Object.isFrozen(config)).toBe(true)
})

it('asks the directory of all bots for a multi-tenant app', () => {
  const { config } = read({ ...app, MicrosoftAppType: 'multitenant', MicrosoftAppTenantId: '' })
  expect(config?.app?.secret).toMatchObject({
    tokenUrl: 'https://login.microsoftonline.com/botframework.com/oauth2/v2.0/token',
  })
})

it('needs no password for a managed identity', () => {
  const { config, problems } = read({ ...app, MicrosoftAppType: 'UserAssignedMSI', MicrosoftAppPassword: '' })
  expect(problems).toEqual([])
  expect(config?.app?.secret).toEqual({ kind: 'managed identity', tenant: 'tenant' })
})

it('speaks with the government’s cloud when its keys are named', () => {
  const openIdUrl = 'https://login.botframework.azure.us/v1/.well-known/openidconfiguration'
  const { config } = read({ ...app, BOT_OPENID_METADATA: openIdUrl })
  expect(config?.cloud).toMatchObject({ issuer: 'https://api.botframework.us', openIdUrl })
  expect(config?.app?.secret).toMatchObject({ tokenUrl: expect.stringContaining('login.microsoftonline.us') })
})

it.each([
  ['public', 'https://api.botframework.com', 'https://login.microsoftonline.com/botframework.com/'],
  [
    'usgov',
    'https://api.botframework.us',
    'https://login.microsoftonline.us/MicrosoftServices.onmicrosoft.us/',
  ],
  [
    'USGov',
    'https://api.botframework.us',
    'https://login.microsoftonline.us/MicrosoftServices.onmicrosoft.us/',
  ],
])('speaks with the cloud that BOT_CLOUD names: %s', (BOT_CLOUD, issuer, directory) => {
  const { config, problems } = read({ ...app, BOT_CLOUD, MicrosoftAppType: 'MultiTenant' })
  expect(problems).toEqual([])
  expect(config?.cloud.issuer).toBe(issuer)
  expect(config?.app?.secret).toMatchObject({ tokenUrl: `${directory}oauth2/v2.0/token` })
})

it('takes other signing keys into a named cloud', () => {
  const BOT_OPENID_METADATA = 'https://keys.example/openid'
  const { config } = read({ ...app, BOT_CLOUD: 'usgov', BOT_OPENID_METADATA })
  expect(config?.cloud).toMatchObject({
    issuer: 'https://api.botframework.us',
    openIdUrl: BOT_OPENID_METADATA,
  })
})

it('reads lists', () => {
  const { config } = read({
    ...app,
    BOT_ALLOWED_TENANTS: 'A, b,',
    BOT_SERVICE_URLS: 'http://127.0.0.1:1/,https://x.example',
  })
  expect(config?.tenants).toEqual(['a', 'b'])
  expect(config?.serviceOrigins).toEqual(['http://127.0.0.1:1', 'https://x.example'])
})

it.each([undefined, '', '127.0.0.1', 'localhost', '::1'])('allows anonymous guests on HOST %s', (HOST) => {
  expect(read({ BOT_ALLOW_ANONYMOUS: 'true', HOST })).toMatchObject({
    config: { app: undefined },
    problems: [],
  })
})

it.each<[string, Settings]>([
  ['MicrosoftAppId', { MicrosoftAppPassword: 'pass-word' }],
  ['MicrosoftAppPassword', { ...app, MicrosoftAppPassword: '' }],
  ['MicrosoftAppPassword', { ...app, MicrosoftAppType: 'UserAssignedMSI' }],
  ['MicrosoftAppTenantId', { ...app, MicrosoftAppTenantId: '' }],
  ['MicrosoftAppType', { ...app, MicrosoftAppType: 'SingleTennant' }],
  ['BOT_ALLOW_ANONYMOUS', { ...app, BOT_ALLOW_ANONYMOUS: 'yes please' }],
  ['HOST', { BOT_ALLOW_ANONYMOUS: 'true', HOST: '0.0.0.0' }],
  ['HOST', { BOT_ALLOW_ANONYMOUS: 'true', HOST: 'hotel.example' }],
  ['BOT_SERVICE_URLS', { ...app, BOT_SERVICE_URLS: 'http://x.example' }],
  ['BOT_SERVICE_URLS', { ...app, BOT_SERVICE_URLS: 'https://x.example/path' }],
  ['BOT_SERVICE_URLS', { ...app, BOT_SERVICE_URLS: 'nonsense' }],
  ['BOT_OPENID_METADATA', { ...app, BOT_OPENID_METADATA: 'http://x.example/openid' }],
  ['BOT_CLOUD', { ...app, BOT_CLOUD: 'chinese' }],
  ['BOT_CLOUD', { ...app, BOT_CLOUD: 'constructor' }],
  ['BOT_TOKEN_URL', { ...app, BOT_TOKEN_URL: 'http://x.example/token' }],
])('reports %s in %j, with what to do and no secret', (setting, settings) => {
  expectProblem(read(settings), setting, /pass-word/)
})
