import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import type { Fault } from '../fakes/server.ts'
import { type ManualClock, createManualClock, neverAborted, patience } from '../fakes/clock.ts'
import { errorOf, openProperty, type TestProperty } from './property.ts'

let clock: ManualClock
let property: TestProperty
let threadId: string

beforeEach(async () => {
  clock = createManualClock()
  property = await openProperty({ clock })
  threadId = (await property.mews.addThread({ originalSender: 'Ines', subject: 'Late' }, neverAborted)).id
})

afterEach(() => property.fake.close())

const add = (signal = neverAborted): Promise<unknown> =>
  property.mews.addMessages([{ threadId, text: 'Hello', identifier: 'd-1' }], signal)

const list = (signal = neverAborted): Promise<unknown> =>
  property.mews.listMessages({ threadIds: [threadId], start: clock.now(), end: clock.now() }, signal)

const answer = (status: number, body: unknown = '', headers: Record<string, string> = {}): Fault => ({
  kind: 'answer',
  applied: false,
  answer: { status, body, headers },
})

describe('a status', () => {
  test.each([
    [400, 'invalid', 'rejected', 'rejected'],
    [401, 'unauthorized', 'rejected', 'rejected'],
    [403, 'forbidden', 'rejected', 'rejected'],
    [404, 'not-found', 'rejected', 'rejected'],
    [405, 'not-found', 'rejected', 'rejected'],
    [408, 'timeout', 'unknown', 'retry'],
    [409, 'conflict', 'retry', 'retry'],
    [410, 'gone', 'rejected', 'rejected'],
    [413, 'too-large', 'rejected', 'rejected'],
    [422, 'invalid', 'rejected', 'rejected'],
    [429, 'limited', 'retry', 'retry'],
    [500, 'server', 'unknown', 'retry'],
    [502, 'server', 'unknown', 'retry'],
    [503, 'server', 'unknown', 'retry'],
    [302, 'redirected', 'rejected', 'rejected'],
    [307, 'redirected', 'rejected', 'rejected'],
  ])('%i is %s: %s for an add, %s for a read', async (status, code, ofAdd, ofRead) => {
    property.fake.fail(answer(status, '<html>', { location: `${property.fake.url}/elsewhere` }))
    expect(await errorOf(add())).toMatchObject({ code, status, outcome: ofAdd })
    await clock.advance(60_000)
    property.fake.fail(answer(status, '<html>', { location: `${property.fake.url}/elsewhere` }))
    expect(await errorOf(list())).toMatchObject({ code, status, outcome: ofRead })
    expect(property.fake.requests.filter(({ path }) => path === '/elsewhere')).toEqual([])
    expect(property.fake.requests).toHaveLength(3)
  })

  test.each([400, 403])('%i shows what Mews says, trimmed, without secrets', async (status) => {
    const Message = `No.\n${property.fake.clientToken} ${'x'.repeat(400)}`
    property.fake.fail(answer(status, { Message, RequestId: 'r-1', Details: {} }))
    const error = await errorOf(add())
    expect(error.message).toContain('messages/add')
    expect(error.message).toContain(`(${status}, request r-1): “No. … xxx`)
    expect(error.message).not.toContain(property.fake.clientToken)
    expect(error.message).not.toContain('x'.repeat(300))
    expect(error.requestId).toBe('r-1')
  })

  test.each([401, 404, 409, 410, 413, 429, 500])('%i says nothing of what Mews says', async (status) => {
    property.fake.fail(answer(status, { Message: 'private words' }))
    expect((await errorOf(add())).message).not.toContain('private words')
  })

  test('401 tells which settings to look at', async () => {
    property.fake.fail(answer(401))
    expect((await errorOf(list())).message).toContain('MEWS_CLIENT_TOKEN')
  })

  test('503 carries how long Mews wants to be left alone', async () => {
    property.fake.fail(answer(503, '', { 'retry-after': '20' }))
    expect(await errorOf(list())).toMatchObject({ afterMs: 20_000 })
  })
})

describe('the request limit', () => {
  test.each([
    ['seconds', 30_500],
    ['date', 30_250],
    ['none', 3000],
  ] as const)('with Retry-After as %s pauses the whole token', async (retryAfter, afterMs) => {
    property.fake.switches.limit = { requests: 1, windowMs: 30_000, retryAfter }
    expect(await errorOf(add())).toMatchObject({ code: 'limited', outcome: 'retry', afterMs })
    expect(property.budget.state()).toEqual({ left: 0, pausedUntil: clock.now() + afterMs })
    const waiting = list()
    await clock.advance(afterMs - 1)
    expect(property.fake.requests).toHaveLength(2)
    property.fake.switches.limit = { requests: 200, windowMs: 30_000, retryAfter }
    await clock.advance(1)
    await waiting
  })
})

test('a success makes the next pause a short one again', async () => {
  const pause = async (): Promise<number | undefined> => {
    property.fake.fail(answer(429))
    const { afterMs = 0 } = await errorOf(list())
    await clock.advance(afterMs)
    return afterMs
  }
  expect([await pause(), await pause()]).toEqual([3000, 6000])
  await list()
  expect(await pause()).toBe(3000)
})

describe('a connection', () => {
  test('that is refused was never used', async () => {
    await property.fake.pause()
    expect(await errorOf(add())).toMatchObject({ code: 'not-sent', outcome: 'retry' })
    await property.fake.resume()
  })

  test.each(['reset', 'half'] as const)('that breaks (%s) leaves an add unknown', async (kind) => {
    property.fake.fail({ kind, applied: true })
    expect(await errorOf(add())).toMatchObject({ code: 'disconnected', outcome: 'unknown' })
    expect(property.fake.messages(threadId)).toHaveLength(1)
    property.fake.fail({ kind, applied: true })
    expect(await errorOf(list())).toMatchObject({ code: 'disconnected', outcome: 'retry' })
  })

  test('that stays silent is given up after the time limit', async () => {
    property.fake.fail({ kind: 'hang', applied: true }, { times: 2 })
    const adding = errorOf(add())
    const listing = errorOf(list())
    await vi.waitFor(() => expect(property.fake.requests).toHaveLength(3), patience)
    await clock.advance(30_000)
    expect(await adding).toMatchObject({ code: 'timeout', outcome: 'unknown' })
    expect(await listing).toMatchObject({ code: 'timeout', outcome: 'retry' })
  })
})

describe('a shutdown', () => {
  test('cuts off what is under way: an add is unknown', async () => {
    property.fake.fail({ kind: 'hang', applied: true }, { times: 2 })
    const controller = new AbortController()
    const adding = errorOf(add(controller.signal))
    const listing = errorOf(list(controller.signal))
    await vi.waitFor(() => expect(property.fake.requests).toHaveLength(3), patience)
    controller.abort()
    expect(await adding).toMatchObject({ code: 'aborted', outcome: 'unknown' })
    expect(await listing).toMatchObject({ code: 'aborted', outcome: 'retry' })
    expect(clock.sleepers()).toBe(0)
  })

  test('ends waiting for the budget: nothing was sent', async () => {
    property.budget.pause(60_000)
    const controller = new AbortController()
    const adding = errorOf(add(controller.signal))
    controller.abort()
    expect(await adding).toMatchObject({ code: 'aborted', outcome: 'retry' })
    expect(property.fake.requests).toHaveLength(1)
  })
})

describe('an answer', () => {
  const added = (Messages: unknown): Fault => answer(200, { Messages })

  test.each([
    ['is not JSON', answer(200, '<html>')],
    ['has no body', answer(204)],
    ['is cut short', answer(200, '{"Messages":[')],
    ['lacks the message', added([])],
    [
      'lacks its identifier',
      added([{ Identifier: null, Message: { Id: 'x', CreatedUtc: '2026-11-02T17:20:06Z' } }]),
    ],
    ['lacks its id', added([{ Identifier: 'd-1', Message: { CreatedUtc: '2026-11-02T17:20:06Z' } }])],
    ['is of another shape', answer(200, ['x'])],
  ])('that %s leaves an add unknown', async (_, fault) => {
    property.fake.fail(fault)
    expect(await errorOf(add())).toMatchObject({ code: 'unreadable', outcome: 'unknown' })
  })

  test('without a thread leaves the opening of a thread unknown', async () => {
    property.fake.fail(answer(200, { MessageThreads: [] }))
    const opening = property.mews.addThread({ originalSender: 'Ines', subject: 'Late' }, neverAborted)
    expect(await errorOf(opening)).toMatchObject({ code: 'unreadable', outcome: 'unknown' })
  })

  test('of another shape makes a read try again', async () => {
    property.fake.fail(answer(200, { Messages: 'none' }))
    expect(await errorOf(list())).toMatchObject({ code: 'unreadable', outcome: 'retry' })
  })

  test('larger than any true one is not read to its end', async () => {
    property.fake.fail(answer(200, `"${'x'.repeat(33 * 1024 * 1024)}"`))
    expect(await errorOf(list())).toMatchObject({ code: 'unreadable', outcome: 'retry' })
  })

  test('without a body is an empty list', async () => {
    property.fake.fail(answer(204))
    expect(await list()).toEqual([])
  })

  test('whose cursor leads in a circle ends the read', async () => {
    const message = { Id: 'm', MessageThreadId: threadId, Text: 'x', CreatedUtc: '2026-11-02T17:20:06Z' }
    const page = answer(200, { Messages: Array.from({ length: 1000 }, () => message), Cursor: 'm' })
    property.fake.fail(page, { times: 5 })
    expect(await errorOf(list())).toMatchObject({ code: 'unreadable', outcome: 'retry' })
    expect(property.fake.requests).toHaveLength(3)
  })

  test('with an item that cannot be read gives the others, and says so in the log', async () => {
    const message = { Id: 'm', MessageThreadId: threadId, Text: 'x', CreatedUtc: '2026-11-02T17:20:06Z' }
    property.fake.fail(answer(200, { Messages: [message, { Id: 'broken' }], Cursor: 'broken' }))
    expect(await list()).toMatchObject([{ id: 'm', sender: 'unknown' }])
    expect(property.lines).toContainEqual({
      level: 'warn',
      fields: { operation: 'messages/getAll', skipped: 1 },
      message: expect.any(String),
    })
  })
})
