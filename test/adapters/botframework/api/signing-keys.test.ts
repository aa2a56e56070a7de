import { createPublicKey, type JsonWebKey } from 'node:crypto'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { readBotFrameworkConfig } from '../../../../adapters/botframework/config.ts'
import type { ConnectorHttp } from '../../../../adapters/botframework/api/http-client.ts'
import type { Keys } from '../../../../adapters/botframework/api/signing-keys.ts'
import { createSdk } from '../../../../adapters/botframework/api/sdk.ts'
import type { FakeRequest } from '../../../fakes/server.ts'
import { createSetup, type Setup } from '../setup.ts'

let setup: Setup
beforeEach(async () => {
  setup = await createSetup({ timeLimitMs: 1_000 })
})
afterEach(async () => {
  vi.restoreAllMocks()
  await setup.close()
})

const isOpenId = ({ path }: FakeRequest): boolean => path === '/openid'
const asked = (): number => setup.fake.server.requests.filter(isOpenId).length

const deliver = async (): Promise<number> =>
  setup.status(await setup.fake.request(setup.fake.activities.message('Late arrival?')))

it('fetches the signing keys once for requests that come together, and keeps them', async () => {
  expect(await Promise.all(Array.from({ length: 10 }, deliver))).toEqual(Array(10).fill(200))
  expect(await deliver()).toBe(200)
  expect(asked()).toBe(1)
})

it('answers 503 in limited time while the keys cannot be fetched, and recovers', async () => {
  setup.fake.server.fail({ kind: 'hang', applied: false }, { match: isOpenId })
  setup.fake.server.fail({ kind: 'answer', applied: false, answer: { status: 500 } }, { match: isOpenId })
  expect(await deliver()).toBe(503)
  expect(await deliver()).toBe(503)
  expect(setup.inbox.accepted).toHaveLength(0)
  expect(await deliver()).toBe(200)
})

it('loses nothing signed with a new key: 503 until the keys may be asked for again', async () => {
  expect(await deliver()).toBe(200)
  setup.fake.issuer.rotate()
  expect(await deliver()).toBe(503)
  expect(await deliver()).toBe(503)
  expect(asked()).toBe(1)
  setup.clock.step(30_001)
  expect(await deliver()).toBe(200)
  expect(asked()).toBe(2)
})

it('loses nothing signed with a new key after a stranger has made keys up', async () => {
  const forge = async (): Promise<number> => {
    const { message } = setup.fake.activities
    return setup.status(await setup.fake.request(message('Forged'), { key: 'unknown' }))
  }
  expect(await deliver()).toBe(200)
  setup.clock.step(30_001)
  expect(await forge()).toBe(401)
  setup.fake.issuer.rotate()
  expect(await deliver()).toBe(503)
  expect(await forge()).toBe(503)
  expect(asked()).toBe(2)
  setup.clock.step(30_001)
  expect(await deliver()).toBe(200)
  expect(asked()).toBe(3)
  expect(setup.inbox.recorded).toHaveLength(2)
})

it('loses nothing signed with a new key while the keys cannot be fetched', async () => {
  expect(await deliver()).toBe(200)
  setup.fake.issuer.rotate()
  setup.clock.step(30_001)
  setup.fake.server.fail({ kind: 'reset', applied: false }, { match: isOpenId })
  expect(await deliver()).toBe(503)
  setup.clock.step(30_001)
  expect(await deliver()).toBe(200)
})

it('asks again after a day, and keeps what it has while it gets no answer', async () => {
  expect(await deliver()).toBe(200)
  setup.fake.server.fail({ kind: 'reset', applied: false }, { match: isOpenId })
  setup.clock.step(25 * 3_600_000)
  const token = { claims: { exp: Math.floor(setup.clock.now() / 1000) + 3600 } }
  const request = await setup.fake.request(setup.fake.activities.message('Late arrival?'), token)
  expect(await setup.status(request)).toBe(200)
  expect(asked()).toBe(2)
})

it('takes no keys from an address that is not safe', async () => {
  const answer = { status: 200, body: { jwks_uri: 'http://keys.example/keys' } }
  setup.fake.server.fail({ kind: 'answer', applied: false, answer }, { match: isOpenId })
  expect(await deliver()).toBe(503)
})

it('lets the SDK verify the signature as well', async () => {
  vi.spyOn(console, 'error').mockReturnValue(undefined)
  const { fake } = setup
  const config = readBotFrameworkConfig(fake.settings, () => undefined)
  if (config === undefined) throw new Error('The Bot Framework is off.')
  const key = createPublicKey({ key: fake.issuer.jwks.keys[0] as JsonWebKey, format: 'jwk' })
  const pem = key.export({ type: 'spki', format: 'pem' }).toString()
  const keys: Keys = { find: () => Promise.resolve({ key, pem, endorsements: ['msteams'] }) }
  const http: ConnectorHttp = {
    client: { sendRequest: () => Promise.reject(new Error('Nothing is sent.')) },
    within: (_sending, work) => work(),
  }
  const { authenticate } = createSdk(config, keys, http, { now: () => Date.now() })
  const run = async (signedWith: 'known' | 'foreign'): Promise<number> => {
    const token = await fake.issuer.token(fake.serviceUrl, { key: signedWith })
    return authenticate(fake.activities.message('Late arrival?'), `Bearer ${token}`)
  }
  expect(await run('known')).toBe(200)
  expect(await run('foreign')).toBe(401)
})
