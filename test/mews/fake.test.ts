import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import { neverAborted, patience } from '../fakes/clock.ts'
import { createFakeServer, type FakeServer } from '../fakes/server.ts'
import { errorOf, openProperty, type TestProperty } from './property.ts'

let property: TestProperty
let hook: FakeServer
let hookStatus: number
let threadId: string

beforeEach(async () => {
  hookStatus = 204
  hook = await createFakeServer(() => ({ status: hookStatus }))
  property = await openProperty()
  property.fake.announceTo(`${hook.url}/?Token=one`)
  threadId = (await property.mews.addThread({ originalSender: 'Ines', subject: 'Late' }, neverAborted)).id
})

afterEach(async () => {
  await property.fake.close()
  await hook.close()
})

const add = (...texts: string[]): Promise<unknown> =>
  property.mews.addMessages(
    texts.map((text, n) => ({ threadId, text, identifier: `d-${n}` })),
    neverAborted,
  )

const announced = (): string[][] =>
  hook.requests.map(({ body }) =>
    (JSON.parse(body) as { Events: { Value: { Id: string } }[] }).Events.map(({ Value }) => Value.Id),
  )

const stored = (): string[] => property.fake.messages(threadId).map(({ id }) => id)

describe('webhooks of the fake', () => {
  test('announce own messages too, several in one body', async () => {
    await add('a', 'b')
    await vi.waitFor(() => expect(announced()).toEqual([stored()]), patience)
  })

  test('can be dropped', async () => {
    property.fake.switches.webhooks = 'dropped'
    property.fake.reply(threadId, 'x')
    await property.fake.flush()
    expect(hook.requests).toEqual([])
  })

  test('can be held, doubled and reversed', async () => {
    Object.assign(property.fake.switches, { webhooks: 'held', doubled: true, reversed: true })
    property.fake.reply(threadId, 'a')
    await add('b', 'c')
    expect(hook.requests).toEqual([])
    await property.fake.flush()
    const [a, b, c] = stored()
    expect(announced()).toEqual([[c, b], [c, b], [a], [a]])
    expect(property.fake.webhookAnswers).toEqual([204, 204, 204, 204])
  })

  test('that were not answered with 2xx are sent again on flush', async () => {
    hookStatus = 503
    property.fake.reply(threadId, 'a')
    await vi.waitFor(() => expect(property.fake.webhookAnswers).toEqual([503]), patience)
    hookStatus = 204
    await property.fake.flush()
    expect(property.fake.webhookAnswers).toEqual([503, 204])
  })

  test.each([
    ['current', { MessageThreadId: expect.any(String), Sender: { Discriminator: 'Enterprise' } }],
    ['old', { ThreadId: expect.any(String), Sender: 'Enterprise' }],
  ] as const)('can carry the messages themselves (%s)', async (generation, message) => {
    Object.assign(property.fake.switches, { entities: true, generation })
    property.fake.reply(threadId, 'a')
    await vi.waitFor(() => expect(hook.requests).toHaveLength(1), patience)
    expect(JSON.parse(hook.requests[0]?.body ?? '')).toMatchObject({ Entities: { Messages: [message] } })
  })

  test('can be anything', async () => {
    expect(await property.fake.sendWebhook({ Action: 'IntegrationEnabled', Data: {} })).toBe(204)
    expect(hook.requests[0]?.body).toContain('IntegrationEnabled')
  })
})

describe('the fake refuses', () => {
  test('a whole batch for one poisonous text', async () => {
    property.fake.switches.poison = (text) => text.includes('poison')
    expect(await errorOf(add('a', 'poison', 'c'))).toMatchObject({ code: 'invalid', status: 400 })
    expect(stored()).toEqual([])
    await add('a', 'c')
    expect(stored()).toHaveLength(2)
  })

  test.each([400, 403] as const)('messages to a thread with %i', async (status) => {
    property.fake.refuse(threadId, status)
    expect(await errorOf(add('a'))).toMatchObject({ status })
  })

  test('messages to resolved threads, when told to', async () => {
    property.fake.resolve(threadId)
    await add('a')
    property.fake.switches.resolvedThreads = 'refused'
    expect(await errorOf(add('b'))).toMatchObject({ status: 403 })
  })

  test('look-ups of foreign threads, when told to', async () => {
    const query = { threadIds: [threadId, crypto.randomUUID()], start: Date.now(), end: Date.now() }
    expect(await property.mews.listMessages(query, neverAborted)).toEqual([])
    property.fake.switches.foreignThreads = 'refused'
    expect(await errorOf(property.mews.listMessages(query, neverAborted))).toMatchObject({ status: 400 })
  })
})

test('faults can be kept to one operation', async () => {
  property.fake.fail({ kind: 'reset', applied: false }, { operation: 'messages/add' })
  await property.mews.readConfiguration(neverAborted)
  expect(await errorOf(add('a'))).toMatchObject({ code: 'disconnected' })
  expect(stored()).toEqual([])
})
