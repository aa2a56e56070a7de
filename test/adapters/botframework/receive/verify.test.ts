import { createHmac } from 'node:crypto'
import { ToBotFromBotOrEmulatorTokenValidationParameters as sdkLists } from 'botframework-connector'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { neverAborted } from '../../../fakes/clock.ts'
import type { TokenOptions } from '../../../fakes/botframework/issuer.ts'
import type { WebhookRequest } from '../../../../src/port.ts'
import { createSetup, type Setup } from '../setup.ts'

let setup: Setup
beforeEach(async () => {
  setup = await createSetup()
})
afterEach(async () => {
  vi.restoreAllMocks()
  await setup.close()
})

const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds
const appId = (): string => setup.fake.settings['MicrosoftAppId'] ?? ''
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

const entra = (tid: string): TokenOptions => ({
  claims: { iss: `https://sts.windows.net/${tid}/`, tid, appid: appId(), azp: appId(), ver: '1.0' },
})

/** Everything about the request is right but what the row says. */
const refusedTokens: Readonly<Record<string, () => TokenOptions>> = {
  'an expired token': () => ({ claims: { exp: inSeconds(-301) } }),
  'a token without an end': () => ({ claims: { exp: undefined } }),
  'a token that is not valid yet': () => ({ claims: { nbf: inSeconds(302) } }),
  'a token whose beginning is nonsense': () => ({ claims: { nbf: 'tomorrow' } }),
  'a token for another app': () => ({ claims: { aud: '11111111-2222-4333-8444-555555555555' } }),
  'a token for several apps': () => ({ claims: { aud: [appId(), 'another'] } }),
  'a token of another issuer': () => ({ claims: { iss: 'https://api.botframework.us' } }),
  'a token for another service URL': () => ({
    claims: { serviceurl: 'https://smba.trafficmanager.net/emea/' },
  }),
  'a token without a service URL': () => ({ claims: { serviceurl: undefined } }),
  'a token of our own tenant, as we use to send': () =>
    entra(setup.fake.settings['MicrosoftAppTenantId'] ?? ''),
  'a token of a foreign tenant': () => entra('99999999-aaaa-4bbb-8ccc-dddddddddddd'),
  'a token of a skill': () => ({
    claims: { ver: '2.0', azp: 'other-bot', tid: 'any', iss: 'https://login.microsoftonline.com/any/v2.0' },
  }),
  'a channel token with a tenant': () => ({ claims: { tid: 'any' } }),
  'a token signed with an unknown key': () => ({ key: 'unknown' }),
  'a token signed with a foreign key under a known name': () => ({ key: 'foreign' }),
  'a token signed with a key for another platform': () => ({ key: 'unendorsed' }),
}

const signedToken = (): Promise<string> => setup.fake.issuer.token(setup.fake.serviceUrl)

const payload = (): Record<string, unknown> => ({
  iss: 'https://api.botframework.com',
  aud: appId(),
  exp: inSeconds(3600),
  serviceurl: setup.fake.serviceUrl,
})

const confused = (): string => {
  const signed = `${encode({ alg: 'HS256', kid: 'key-1', typ: 'JWT' })}.${encode(payload())}`
  const secret = JSON.stringify(setup.fake.issuer.jwks.keys[0])
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

const refusedHeaders: Readonly<Record<string, () => Promise<string | null> | string | null>> = {
  'no token': () => null,
  'an empty header': () => '',
  'Basic authentication': () => `Basic ${Buffer.from('user:pass').toString('base64')}`,
  garbage: () => 'Bearer a.b.c',
  'a token without the word Bearer': () => signedToken(),
  'two tokens': async () => `Bearer ${await signedToken()} ${await signedToken()}`,
  'a header of more than 8 kB': async () => `Bearer ${'a'.repeat(9000)}.${await signedToken()}`,
  'alg none': () => `Bearer ${encode({ alg: 'none', kid: 'key-1' })}.${encode(payload())}.`,
  'alg none with something for a signature': () =>
    `Bearer ${encode({ alg: 'none', kid: 'key-1' })}.${encode(payload())}.AA`,
  'HS256 with the public key for a secret': () => `Bearer ${confused()}`,
  'a cut signature': async () => `Bearer ${(await signedToken()).slice(0, -20)}`,
}

/** What came of a request: its status, what was recorded, and what the SDK printed. */
const outcomeOf = async (request: WebhookRequest): Promise<unknown> => {
  const printed = [vi.spyOn(console, 'error'), vi.spyOn(console, 'warn')]
  const response = await setup.adapter.routes[0]?.handle(request)
  return {
    response,
    recorded: setup.inbox.accepted.length,
    printed: printed.flatMap((spy) => spy.mock.calls),
  }
}
const refused = { response: { status: 401 }, recorded: 0, printed: [] }

describe('a request with', () => {
  it('a valid token of Teams is recorded', async () => {
    const request = await setup.fake.request(setup.fake.activities.message('Late arrival?'))
    expect(await setup.status(request)).toBe(200)
    expect(setup.inbox.recorded).toHaveLength(1)
  })

  it('a token that expired less than five minutes ago is recorded', async () => {
    const token = { claims: { exp: inSeconds(-290) } }
    const request = await setup.fake.request(setup.fake.activities.message('Late arrival?'), token)
    expect(await setup.status(request)).toBe(200)
    expect(setup.inbox.recorded).toHaveLength(1)
  })

  it('a token that is valid in less than five minutes is recorded', async () => {
    const token = { claims: { nbf: inSeconds(290) } }
    const request = await setup.fake.request(setup.fake.activities.message('Late arrival?'), token)
    expect(await setup.status(request)).toBe(200)
  })

  it.each(Object.entries(refusedTokens))('%s is refused in silence', async (_row, token) => {
    const request = await setup.fake.request(setup.fake.activities.message('Late arrival?'), token())
    expect(await outcomeOf(request)).toEqual(refused)
  })

  it.each(Object.entries(refusedHeaders))('%s is refused in silence', async (_row, header) => {
    const body = JSON.stringify(setup.fake.activities.message('Late arrival?'))
    expect(await outcomeOf(await setup.fake.requestWith(body, await header()))).toEqual(refused)
  })

  it('two Authorization headers is refused', async () => {
    const request = await setup.fake.request(setup.fake.activities.message('Late arrival?'))
    const authorization = [`Bearer ${await signedToken()}`, 'Bearer a.b.c']
    expect(await outcomeOf({ ...request, headers: { ...request.headers, authorization } })).toEqual(refused)
  })
})

describe('an activity', () => {
  it.each([
    ['of another platform', { channelId: 'directline' }],
    ['of App Service Extensions', { channelId: 'AseChannel' }],
    ['without a platform', { channelId: undefined }],
    ['without a service URL', { serviceUrl: undefined }],
  ])('%s is refused', async (_row, fields) => {
    const activity = { ...setup.fake.activities.message('Late arrival?'), ...fields }
    expect(await outcomeOf(await setup.fake.request(activity))).toEqual(refused)
  })

  it.each([
    'http://169.254.169.254/',
    'https://evil.trafficmanager.net/emea/',
    'https://smba.trafficmanager.net.evil.example/',
    'https://smba.trafficmanager.net:8443/emea/',
    'https://user@smba.trafficmanager.net/emea/',
    'https://smba.trafficmanager.net/emea/?x=1',
    'http://smba.trafficmanager.net/emea/',
  ])('whose answers would go to %s is refused, although its token says the same', async (serviceUrl) => {
    const activity = { ...setup.fake.activities.message('Late arrival?'), serviceUrl }
    const request = await setup.fake.request(activity, { claims: { serviceurl: serviceUrl } })
    expect(await outcomeOf(request)).toEqual(refused)
  })

  it.each(['https://smba.trafficmanager.net/emea/', 'https://smba.infra.gov.teams.microsoft.us/teams'])(
    'whose answers go to %s is recorded',
    async (serviceUrl) => {
      const activity = { ...setup.fake.activities.message('Late arrival?'), serviceUrl }
      const request = await setup.fake.request(activity, { claims: { serviceurl: serviceUrl } })
      expect(await setup.status(request)).toBe(200)
      expect(setup.inbox.recorded).toHaveLength(1)
    },
  )
})

describe('in the government’s cloud', () => {
  const government: TokenOptions = { claims: { iss: 'https://api.botframework.us' } }
  let governed: Setup
  beforeEach(async () => {
    governed = await createSetup({ settings: { BOT_CLOUD: 'usgov' } })
  })
  afterEach(async () => {
    await governed.close()
  })

  it('a request with a token of that cloud is recorded', async () => {
    const { fake, inbox } = governed
    expect(
      await governed.status(await fake.request(fake.activities.message('Late arrival?'), government)),
    ).toBe(200)
    expect(inbox.recorded).toHaveLength(1)
  })

  it('a request with a token of the public cloud is refused', async () => {
    const { fake, inbox } = governed
    expect(await governed.status(await fake.request(fake.activities.message('Late arrival?')))).toBe(401)
    expect(inbox.accepted).toHaveLength(0)
  })

  it('a token to send with is asked for in its scope', async () => {
    const { fake, adapter } = governed
    const { address } = await adapter.read(JSON.stringify(fake.activities.message('Hello')), neverAborted)
    if (address === undefined) throw new Error('The message has no address.')
    await adapter.send({ deliveryId: 'd-1', address, text: 'Yes' }, neverAborted)
    const asked = fake.server.requests.find(({ path }) => path === '/token')
    expect(new URLSearchParams(asked?.body).get('scope')).toBe('https://api.botframework.us/.default')
  })
})

it('writes one line a minute about refused requests, with how many they were and nothing of them', async () => {
  const body = JSON.stringify(setup.fake.activities.message('Late arrival?'))
  const send = async (): Promise<void> => {
    expect(await setup.status(await setup.fake.requestWith(body, 'Bearer a.forged.token'))).toBe(401)
  }
  for (let sent = 0; sent < 20; sent += 1) await send()
  setup.clock.step(60_000)
  await send()
  setup.clock.step(59_999)
  await send()
  const reason = 'not signed as Teams signs'
  expect(setup.lines).toEqual(
    [1, 20].map((count) => ({
      level: 'info',
      fields: { status: 401, reason, count },
      message: 'botframework: refused a request',
    })),
  )
})

it('tells of each reason by itself, so that noise hides none', async () => {
  const body = JSON.stringify(setup.fake.activities.message('Late arrival?'))
  for (let sent = 0; sent < 3; sent += 1)
    await setup.status(await setup.fake.requestWith(body, 'Bearer a.forged.token'))
  const elsewhere = { ...setup.fake.activities.message('Late arrival?'), channelId: 'webchat' }
  await setup.status(await setup.fake.request(elsewhere))
  expect(setup.lines.map(({ fields }) => fields)).toEqual([
    { status: 401, reason: 'not signed as Teams signs', count: 1 },
    { status: 401, reason: 'another platform', count: 1 },
  ])
})

describe('an app id in capitals', () => {
  it('is the same app, for requests and for tokens', async () => {
    const loud = await createSetup({ settings: { MicrosoftAppId: appId().toUpperCase() } })
    const { fake, adapter, inbox } = loud
    const activity = fake.activities.message('Late arrival?', 'channel')
    expect(await loud.status(await fake.request(activity))).toBe(200)
    expect(await loud.status(await fake.request(activity, { claims: { aud: appId().toUpperCase() } }))).toBe(
      200,
    )
    const { turns, address } = await adapter.read(inbox.recorded[0]?.payload ?? '', neverAborted)
    expect(turns).toMatchObject([{ text: 'Late arrival?' }])
    if (address === undefined) throw new Error('The message has no address.')
    expect(await adapter.send({ deliveryId: 'd-1', address, text: 'Yes' }, neverAborted)).toMatchObject({
      outcome: 'sent',
    })
    await loud.close()
  })
})

it('keeps nothing in memory for forged requests, each of another tenant', async () => {
  const before = sdkLists.issuer?.length
  const activity = JSON.stringify(setup.fake.activities.message('Late arrival?'))
  for (let index = 0; index < 200; index += 1) {
    const forged = encode({ ...payload(), iss: `https://sts.windows.net/t${index}/`, tid: `t${index}` })
    const header = `Bearer ${encode({ alg: 'RS256', kid: 'key-1' })}.${forged}.AAAA`
    expect(await setup.status(await setup.fake.requestWith(activity, header))).toBe(401)
  }
  expect(before).toBeGreaterThan(0)
  expect(sdkLists.issuer?.length).toBe(before)
  expect(setup.fake.server.requests).toHaveLength(0)
})
