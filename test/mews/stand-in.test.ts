import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import { createMewsStandIn, type MewsStandIn } from '../../src/sandbox/mews/stand-in.ts'
import type { MewsOperation } from '../../src/sandbox/mews/requests.ts'
import { createFakeServer, type FakeServer } from '../fakes/server.ts'
import { type ManualClock, createManualClock, patience } from '../fakes/clock.ts'

const enterpriseId = 'c1a7e0d4-3b52-4f0a-9b1e-7de2a4b0c611'
const credentials = { ClientToken: 'client', AccessToken: 'grand', Client: 'Test 1.0' }
const limitation = { Limitation: { Count: 10 } }
const guid = '0b6f5a3e-6c1d-4f7e-9a52-b1f300c4d210'

let clock: ManualClock
let hook: FakeServer
let hookStatus: number
let mews: MewsStandIn

beforeEach(async () => {
  clock = createManualClock()
  hookStatus = 204
  hook = await createFakeServer(() => ({ status: hookStatus }))
  mews = createMewsStandIn({
    clock,
    random: Math.random,
    clientToken: 'client',
    properties: [
      { accessToken: 'grand', enterpriseId, name: 'Grand Hotel' },
      { accessToken: 'other', enterpriseId: guid, name: 'Other Hotel' },
    ],
    webhook: { url: `${hook.url}/mews/webhooks?Token=one` },
    fetch,
  })
})

afterEach(async () => {
  await mews.close()
  await hook.close()
})

const call = (operation: MewsOperation, fields: object, token = 'grand') =>
  mews.handle({
    method: 'POST',
    path: `/api/connector/v1/${operation}`,
    body: JSON.stringify({ ...credentials, AccessToken: token, ...fields }),
  })

const openThread = (): string => {
  const { body } = call('messageThreads/add', { OriginalSender: 'Ines', Subject: 'Late' })
  return (body as { MessageThreads: { Id: string }[] }).MessageThreads[0]?.Id ?? ''
}

const list = (threadId: string, fields: object = limitation, token = 'grand') =>
  call('messages/getAll', { MessageThreadIds: [threadId], ...fields }, token).body as {
    Messages: { Id: string; Text: string }[]
    Cursor: string | null
  }

const bodies = (): unknown[] => hook.requests.map(({ body }) => JSON.parse(body) as unknown)

const interval = (StartUtc: string, EndUtc: string) => ({ StartUtc, EndUtc })

describe('the stand-in refuses', () => {
  const threads = 'messageThreads/getAll'
  const messages = 'messages/getAll'
  const january = '2026-01-31T00:00:00Z'

  test.each<[string, MewsOperation, object]>([
    [
      'a field that is not known',
      'messageThreads/add',
      { OriginalSender: 'I', Subject: 'L', LanguageCode: 'en' },
    ],
    ['an empty subject', 'messageThreads/add', { OriginalSender: 'I', Subject: '' }],
    ['a missing sender', 'messageThreads/add', { Subject: 'L' }],
    ['an empty client', 'configuration/get', { Client: '' }],
    ['no messages', 'messages/add', { Messages: [] }],
    ['an empty text', 'messages/add', { Messages: [{ MessageThreadId: guid, Text: '' }] }],
    ['an unknown thread', 'messages/add', { Messages: [{ MessageThreadId: guid, Text: 'x' }] }],
    ['threads without a limitation', threads, { MessageThreadIds: [guid] }],
    ['threads without a filter', threads, limitation],
    ['threads of an enterprise alone', threads, { ...limitation, EnterpriseIds: [enterpriseId] }],
    ['messages without threads', messages, limitation],
    ['an empty list of threads', messages, { ...limitation, MessageThreadIds: [] }],
    ['more than 1000 threads', messages, { ...limitation, MessageThreadIds: Array(1001).fill(guid) }],
    ['an id that is none', messages, { ...limitation, MessageThreadIds: ['x'] }],
    ['a count of 0', messages, { MessageThreadIds: [guid], Limitation: { Count: 0 } }],
    ['a count of 1001', messages, { MessageThreadIds: [guid], Limitation: { Count: 1001 } }],
    ['an unknown cursor', messages, { MessageThreadIds: [guid], Limitation: { Count: 1, Cursor: guid } }],
    [
      'an interval of more than a month',
      messages,
      { ...limitation, MessageThreadIds: [guid], CreatedUtc: interval(january, '2026-02-28T00:00:01Z') },
    ],
    [
      'an interval of more than three months',
      threads,
      { ...limitation, CreatedUtc: interval(january, '2026-04-30T00:00:01Z') },
    ],
    [
      'a time with milliseconds',
      threads,
      { ...limitation, CreatedUtc: interval('2026-01-31T00:00:00.000Z', '2026-02-01T00:00:00Z') },
    ],
    [
      'an interval that ends before it starts',
      threads,
      { ...limitation, CreatedUtc: interval('2026-02-01T00:00:00Z', january) },
    ],
  ])('%s', (_, operation, fields) => {
    expect(call(operation, fields)).toMatchObject({
      status: 400,
      headers: { 'request-id': expect.any(String) },
      body: { Message: expect.any(String), RequestId: expect.any(String), Details: null },
    })
  })

  test('JSON that is none', () => {
    expect(mews.handle({ method: 'POST', path: '/api/connector/v1/messages/add', body: '{,}' }).status).toBe(
      400,
    )
  })

  test.each([{ ClientToken: 'wrong' }, { AccessToken: 'wrong' }])('%j', (wrong) => {
    expect(call('configuration/get', wrong).status).toBe(401)
  })

  test.each([
    ['POST', '/api/connector/v1/messages/getall', 404],
    ['POST', '/api/connector/v1/messages/getAll/', 404],
    ['POST', '//api/connector/v1/messages/getAll', 404],
    ['POST', '/api/connector/v1/toString', 404],
    ['GET', '/api/connector/v1/messages/getAll', 405],
  ])('%s %s', (method, path, status) => {
    expect(mews.handle({ method, path, body: JSON.stringify(credentials) }).status).toBe(status)
  })

  test('messages in a resolved thread', () => {
    const id = openThread()
    mews.resolve(id)
    expect(call('messages/add', { Messages: [{ MessageThreadId: id, Text: 'x' }] }).status).toBe(403)
  })
})

describe('the stand-in lists', () => {
  test('the newest first, page by page', () => {
    const id = openThread()
    for (const text of ['a', 'b', 'c']) mews.reply(id, text)
    const first = list(id, { Limitation: { Count: 2 } })
    expect(first.Messages.map(({ Text }) => Text)).toEqual(['c', 'b'])
    expect(first.Cursor).toBe(first.Messages[1]?.Id)
    const second = list(id, { Limitation: { Count: 2, Cursor: first.Cursor } })
    expect(second.Messages.map(({ Text }) => Text)).toEqual(['a'])
    const third = list(id, { Limitation: { Count: 2, Cursor: second.Cursor } })
    expect(third).toEqual({ Messages: [], Cursor: null })
  })

  test('half-open intervals, and equal ends for equality', async () => {
    await clock.advance(750)
    const id = openThread()
    mews.reply(id, 'at six')
    const texts = (start: string, end: string): string[] =>
      list(id, { ...limitation, CreatedUtc: interval(start, end) }).Messages.map(({ Text }) => Text)
    expect(texts('2026-11-02T17:20:06Z', '2026-11-02T17:20:07Z')).toEqual(['at six'])
    expect(texts('2026-11-02T17:20:05Z', '2026-11-02T17:20:06Z')).toEqual([])
    expect(texts('2026-11-02T17:20:06Z', '2026-11-02T17:20:06Z')).toEqual(['at six'])
  })

  test('nothing of another property', () => {
    const id = openThread()
    mews.reply(id, 'x')
    expect(list(id, limitation, 'other').Messages).toEqual([])
    expect(call('messages/add', { Messages: [{ MessageThreadId: id, Text: 'x' }] }, 'other').status).toBe(400)
    expect(mews.threads()).toMatchObject([
      { id, enterpriseId, property: 'Grand Hotel', messages: [{ text: 'x' }] },
    ])
  })
})

describe('the stand-in announces', () => {
  test('what staff and what the integration wrote', async () => {
    const id = openThread()
    const reply = mews.reply(id, 'x')
    call('messages/add', { Messages: [{ MessageThreadId: id, Text: 'y', Identifier: 'd-1' }] })
    await vi.waitFor(() => expect(hook.requests).toHaveLength(2), patience)
    expect(bodies()).toContainEqual({
      EnterpriseId: enterpriseId,
      IntegrationId: expect.any(String),
      Events: [{ Discriminator: 'MessageAdded', Value: { Id: reply?.id } }],
    })
    expect(hook.requests[0]?.query.get('Token')).toBe('one')
  })

  test('again what was not answered with 2xx, and gives up', async () => {
    hookStatus = 500
    mews.reply(openThread(), 'x')
    const requests = (expected: number): Promise<void> =>
      vi.waitFor(async () => {
        await clock.advance(500)
        expect(hook.requests).toHaveLength(expected)
      }, patience)
    await requests(2)
    await requests(3)
    await vi.waitFor(() => expect(clock.sleepers()).toBe(0), patience)
    expect(hook.requests).toHaveLength(3)
  })

  test('every change to observers, until they stop', () => {
    const seen: string[] = []
    const stop = mews.observe((threadId) => void seen.push(threadId))
    const id = openThread()
    mews.reply(id, 'x')
    mews.resolve(id)
    stop()
    mews.reply(id, 'y')
    expect(seen).toEqual([id, id])
    expect(mews.threads()[0]).toMatchObject({ resolved: true })
  })
})

test('the stand-in answers unknown threads with undefined', () => {
  expect(mews.reply(guid, 'x')).toBeUndefined()
})
