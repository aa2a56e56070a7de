import { describe, expect, test } from 'vitest'

import type { WebhookRequest } from '../../src/port.ts'
import {
  createMewsWebhookRoute,
  isMewsWebhookToken,
  type MewsAnnouncement,
  readMewsWebhook,
} from '../../src/mews/webhook.ts'
import { createLogBook } from '../fakes/log.ts'
import { createManualClock } from '../fakes/clock.ts'

const enterpriseId = 'c1a7e0d4-3b52-4f0a-9b1e-7de2a4b0c611'
const first = '5d0c77b1-24e9-4a06-8f3b-b1f300c4d9aa'
const second = '6e0c77b1-24e9-4a06-8f3b-b1f300c4d9ab'
const threadId = '0b6f5a3e-6c1d-4f7e-9a52-b1f300c4d210'

const event = (Id: string, Discriminator = 'MessageAdded') => ({ Discriminator, Value: { Id } })
const general = (Events: unknown[], more = {}) => ({
  EnterpriseId: enterpriseId,
  IntegrationId: 'i',
  Events,
  ...more,
})
const toBody = (json: unknown): Buffer => Buffer.from(JSON.stringify(json))

describe('the token', () => {
  test.each([
    ['Token=one', true],
    ['Token=two', true],
    ['a=1&Token=one&b=2', true],
    ['Token=three', false],
    ['Token=on', false],
    ['Token=onee', false],
    [`Token=${'x'.repeat(10_000)}`, false],
    ['Token=', false],
    ['Token', false],
    ['token=one', true],
    ['TOKEN=two', true],
    ['token=three', false],
    ['Token=one&token=one', false],
    ['', false],
    ['Token=one&Token=one', false],
    ['Token=one&Token=two', false],
    ['Token=one&T%6fken=one', false],
    ['Token=one&Token', false],
    ['Token=%zz', false],
  ])('in %j is right: %j', (query, expected) => {
    expect(isMewsWebhookToken(query, ['one', 'two'])).toBe(expected)
  })

  test.each(['Token=a+b/c==', 'Token=a%2Bb%2Fc%3D%3D'])('may be base64: %s', (query) => {
    expect(isMewsWebhookToken(query, ['a+b/c=='])).toBe(true)
  })

  test('is never right when none is set', () => {
    expect(isMewsWebhookToken('Token=', [])).toBe(false)
    expect(isMewsWebhookToken('Token=', [''])).toBe(false)
    expect(isMewsWebhookToken('Token=one', [])).toBe(false)
  })
})

/** What is announced, with each enterprise's messages in order. */
const announcedIn = (json: unknown) => readMewsWebhook(toBody(json))?.announcements

const otherId = 'd2b8f1e5-4c63-4a1b-8c2f-8ef3b5c1d722'

describe('a body', () => {
  test('names messages, each once, with ids in lower case, and counts other events', () => {
    const events = [event(first.toUpperCase()), event('r', 'ResourceUpdated'), event(second), event(first)]
    expect(readMewsWebhook(toBody(general(events)))).toEqual({
      announcements: [{ enterpriseId, messages: [{ id: first }, { id: second }] }],
      ignored: 1,
      actions: [],
      unreadable: 0,
    })
  })

  test.each(['MessageThreadId', 'ThreadId'])('may hint at threads by %s', (field) => {
    const Entities = {
      Messages: [{ Id: first.toUpperCase(), [field]: threadId.toUpperCase(), Text: 'x' }, null],
    }
    expect(announcedIn(general([event(first), event(second)], { Entities }))).toMatchObject([
      { messages: [{ id: first, threadId }, { id: second }] },
    ])
  })

  test('with broken events, entities or unknown fields gives what can be read', () => {
    const events = [
      null,
      7,
      {},
      { Discriminator: 'MessageAdded' },
      event(''),
      event('x'.repeat(65)),
      event(first),
    ]
    const read = readMewsWebhook(toBody(general(events, { Entities: 'none', New: 1 })))
    expect(read).toMatchObject({ announcements: [{ messages: [{ id: first }] }], ignored: 6 })
  })

  test('of an Integration Webhook gives nothing but its action', () => {
    const body = { Action: 'IntegrationCreated', Data: { AccessToken: 'secret' } }
    expect(readMewsWebhook(toBody(body))).toEqual({
      announcements: [],
      ignored: 0,
      actions: ['IntegrationCreated'],
      unreadable: 0,
    })
  })

  test('may begin with a byte order mark', () => {
    expect(readMewsWebhook(Buffer.from(`\ufeff${JSON.stringify(general([]))}`))).toMatchObject({
      announcements: [],
    })
  })

  test('may be an array of bodies, of which those count that can be read', () => {
    const other = { ...general([event(second)]), EnterpriseId: otherId }
    const bodies = [general([event(first)]), 7, other, { Action: 'IntegrationEnabled' }]
    expect(readMewsWebhook(toBody(bodies))).toEqual({
      announcements: [
        { enterpriseId, messages: [{ id: first }] },
        { enterpriseId: otherId, messages: [{ id: second }] },
      ],
      ignored: 0,
      actions: ['IntegrationEnabled'],
      unreadable: 1,
    })
  })

  test('may be for several enterprises, each named by its events', () => {
    const events = [{ ...event(first), EnterpriseId: otherId.toUpperCase() }, event(second)]
    expect(announcedIn(general(events))).toEqual([
      { enterpriseId: otherId, messages: [{ id: first }] },
      { enterpriseId, messages: [{ id: second }] },
    ])
    expect(announcedIn({ Events: [{ ...event(first), EnterpriseId: otherId }] })).toEqual([
      { enterpriseId: otherId, messages: [{ id: first }] },
    ])
  })

  test('may be for several enterprises, named by the body', () => {
    const EnterpriseIds = [enterpriseId, null, otherId, '', enterpriseId]
    expect(announcedIn({ EnterpriseIds, Events: [event(first)] })).toEqual([
      { enterpriseId, messages: [{ id: first }] },
      { enterpriseId: otherId, messages: [{ id: first }] },
    ])
  })

  test.each([
    '',
    '{',
    'null',
    '[]',
    '[7]',
    '"text"',
    '{}',
    '{"Events":[]}',
    '{"Events":[{"Discriminator":"MessageAdded","Value":{"Id":"x"}}]}',
    '{"EnterpriseIds":[],"Events":[]}',
    '{"Action":7}',
    '{"Action":"secret words"}',
  ])('that is neither is refused: %s', (text) => expect(readMewsWebhook(Buffer.from(text))).toBeUndefined())

  test('that is no UTF-8 is refused', () => {
    expect(readMewsWebhook(Buffer.from([0x22, 0xff, 0x22]))).toBeUndefined()
  })
})

const openRoute = (record?: () => Promise<void>) => {
  const recorded: MewsAnnouncement[] = []
  const { log, lines } = createLogBook()
  const keep = (announcements: readonly MewsAnnouncement[]): Promise<void> => {
    recorded.push(...announcements)
    return Promise.resolve()
  }
  const clock = createManualClock()
  const route = createMewsWebhookRoute({ tokens: ['one', 'two'], record: record ?? keep, clock, log })
  const send = async (json: unknown, query = 'Token=one') => {
    const body = Buffer.isBuffer(json) ? json : toBody(json)
    const request: WebhookRequest = { method: 'POST', path: route.path, query, headers: {}, body }
    return route.handle(request)
  }
  return { route, send, recorded, clock, lines }
}

describe('the route', () => {
  test('is POST /mews/webhooks up to 1 MiB', () => {
    expect(openRoute().route).toMatchObject({ method: 'POST', path: '/mews/webhooks', limit: 1_048_576 })
  })

  test.each(['Token=one', 'Token=two', 'token=one'])('answers 204 once recorded (%s)', async (query) => {
    const { send, recorded } = openRoute()
    expect(await send(general([event(first)]), query)).toEqual({ status: 204 })
    expect(recorded).toEqual([{ enterpriseId, messages: [{ id: first }] }])
  })

  test('answers only after the record is on disk', async () => {
    const disk = Promise.withResolvers<void>()
    let answered = false
    const { send } = openRoute(() => disk.promise)
    const sending = send(general([event(first)])).then(() => (answered = true))
    await new Promise((resolve) => setImmediate(resolve))
    expect(answered).toBe(false)
    disk.resolve()
    await sending
  })

  test('answers 503 when it could not be recorded', async () => {
    const { send, lines } = openRoute(() => Promise.reject(new Error('disk full')))
    expect(await send(general([event(first)]))).toEqual({ status: 503 })
    expect(lines).toMatchObject([{ level: 'error' }])
  })

  test('answers a wrong token with 401 before anything is read, and says so in the log', async () => {
    const { send, recorded, lines } = openRoute()
    expect(await send(Buffer.from('{'), 'Token=three')).toEqual({ status: 401 })
    expect(await send(general([event(first)]), '')).toEqual({ status: 401 })
    expect(recorded).toEqual([])
    expect(lines.map(({ level }) => level)).toEqual(['warn'])
    expect(JSON.stringify(lines)).not.toMatch(/three|one|two/)
  })

  test('writes one line a minute, whoever sends however many wrong tokens, with how many they were', async () => {
    const { send, clock, lines } = openRoute()
    for (let sent = 0; sent < 50; sent += 1) await send(general([]), `Token=wrong${sent}`)
    await clock.advance(60_000)
    await send(general([]), 'Token=wrong')
    await clock.advance(59_999)
    await send(general([]), 'Token=wrong')
    expect(lines.map(({ fields }) => fields)).toEqual([{ count: 1 }, { count: 50 }])
  })

  test('takes of an array what can be read, and says that there was more', async () => {
    const { send, recorded, lines } = openRoute()
    expect(await send([general([event(first)]), 'secret'])).toEqual({ status: 204 })
    expect(recorded).toHaveLength(1)
    expect(lines.map(({ level }) => level)).toEqual(['warn'])
    expect(JSON.stringify(lines)).not.toContain('secret')
  })

  test('writes one line, whatever an array says of the integration', async () => {
    const { send, lines } = openRoute()
    await send(Array.from({ length: 1_000 }, (_, index) => ({ Action: `A${'b'.repeat(index % 60)}` })))
    expect(lines).toHaveLength(1)
    expect(JSON.stringify(lines).length).toBeLessThan(1_000)
  })

  test('answers malformed JSON with 400', async () => {
    expect(await openRoute().send(Buffer.from('{'))).toEqual({ status: 400 })
  })

  test('records nothing of Integration Webhooks and of other events, and answers 204', async () => {
    const { send, recorded, lines } = openRoute()
    expect(await send({ Action: 'IntegrationCreated', Data: { AccessToken: 'secret' } })).toEqual({
      status: 204,
    })
    expect(await send(general([event('r', 'ResourceUpdated')]))).toEqual({ status: 204 })
    expect(recorded).toEqual([])
    expect(JSON.stringify(lines)).not.toContain('secret')
  })
})
