import { afterEach, describe, expect, test, vi } from 'vitest'

import { createManualClock, day, neverAborted, patience } from '../fakes/clock.ts'
import { errorOf, openProperty, type TestProperty } from './property.ts'

let property: TestProperty | undefined

const open = async (options: Parameters<typeof openProperty>[0] = {}): Promise<TestProperty> =>
  (property = await openProperty(options))

afterEach(async () => {
  await property?.fake.close()
  property = undefined
})

const bodyOf = ({ fake }: TestProperty, index: number): Record<string, unknown> =>
  JSON.parse(fake.requests[index]?.body ?? '{}') as Record<string, unknown>

const newThread = { originalSender: 'Ines Ferreira', subject: 'Late arrival (Slack, ref K7Q2M4)' }

describe('requests', () => {
  test('carry credentials in the body, to the address without its trailing slash', async () => {
    const it = await open({ address: (url) => `${url}//` })
    await it.mews.readConfiguration(neverAborted)
    expect(it.fake.requests[0]).toMatchObject({ method: 'POST', path: '/api/connector/v1/configuration/get' })
    expect(it.fake.requests[0]?.headers).toMatchObject({ 'content-type': 'application/json' })
    expect(it.fake.requests[0]?.headers).not.toHaveProperty('prefer')
    expect(bodyOf(it, 0)).toEqual({
      ClientToken: 'client-token',
      AccessToken: 'access-token-of-grand-hotel',
      Client: 'MewsChatConnector 0.0.0',
    })
  })

  test('are logged with the id that support asks for, and without any text', async () => {
    const it = await open()
    const thread = await it.mews.addThread(newThread, neverAborted)
    await it.mews.addMessages([{ threadId: thread.id, text: 'Hello', identifier: 'd-1' }], neverAborted)
    expect(it.lines).toMatchObject([
      { level: 'debug', fields: { operation: 'messageThreads/add', status: 200 } },
      { level: 'debug', fields: { operation: 'messages/add', status: 200 } },
    ])
    expect(it.lines[0]?.fields['requestId']).toMatch(/^[0-9a-f-]{36}$/)
    expect(JSON.stringify(it.lines)).not.toMatch(/Ines|Late|Hello|token/)
  })

  test('take the budget with their kind', async () => {
    const clock = createManualClock()
    const it = await open({ clock, requests: 1 })
    const thread = await it.mews.addThread(newThread, neverAborted)
    const query = { threadIds: [thread.id], start: clock.now() - day, end: clock.now() }
    const waiting = [
      it.mews.listMessages(query, neverAborted),
      it.mews.addThread(newThread, neverAborted),
      it.mews.listMessages(query, neverAborted, 'send'),
      it.mews.addMessages([{ threadId: thread.id, text: 'Hello', identifier: 'd-1' }], neverAborted),
    ]
    for (let answered = 2; answered <= 5; answered += 1) {
      await clock.advance(30_000)
      await vi.waitFor(() => expect(it.lines).toHaveLength(answered), patience)
    }
    await Promise.all(waiting)
    const order = it.fake.requests.map(({ path }) => path.replace('/api/connector/v1/', ''))
    expect(order).toEqual([
      'messageThreads/add',
      'messages/getAll',
      'messages/add',
      'messageThreads/add',
      'messages/getAll',
    ])
  })
})

describe('threads', () => {
  test('are opened, and found by the time they were opened or by id, oldest first', async () => {
    const clock = createManualClock()
    const { mews } = await open({ clock })
    const first = await mews.addThread(newThread, neverAborted)
    await clock.advance(300)
    const second = await mews.addThread({ ...newThread, subject: 'Breakfast' }, neverAborted)
    expect(first).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      ...newThread,
      createdAt: Date.parse('2026-11-02T17:20:05Z'),
      updatedAt: Date.parse('2026-11-02T17:20:05Z'),
      resolved: false,
    })
    const since = { createdFrom: clock.now() - 1000, createdTo: clock.now() + 1000 }
    expect((await mews.listThreads(since, neverAborted)).map(({ id }) => id)).toEqual([first.id, second.id])
    const byId = await mews.listThreads({ threadIds: [second.id.toUpperCase()] }, neverAborted)
    expect(byId.map(({ subject }) => subject)).toEqual(['Breakfast'])
  })

  test('show that they are resolved, where Mews says so', async () => {
    const { mews, fake } = await open()
    const { id } = await mews.addThread(newThread, neverAborted)
    fake.resolve(id)
    expect((await mews.listThreads({ threadIds: [id] }, neverAborted))[0]?.resolved).toBe(true)
    fake.switches.generation = 'old'
    expect((await mews.listThreads({ threadIds: [id] }, neverAborted))[0]?.resolved).toBeUndefined()
  })

  test('of more than three months are looked up in parts', async () => {
    const clock = createManualClock()
    const it = await open({ clock })
    const { id } = await it.mews.addThread(newThread, neverAborted)
    const since = { createdFrom: clock.now() - 200 * day, createdTo: clock.now() + 1000 }
    expect((await it.mews.listThreads(since, neverAborted)).map((thread) => thread.id)).toEqual([id])
    expect(it.fake.requests).toHaveLength(1 + 3)
  })

  test('are not asked for when no id is given', async () => {
    const it = await open()
    expect(await it.mews.listThreads({ threadIds: [] }, neverAborted)).toEqual([])
    expect(await it.mews.listMessages({ threadIds: [], start: 0, end: 1 }, neverAborted)).toEqual([])
    expect(it.fake.requests).toEqual([])
  })
})

describe.each(['current', 'old'] as const)('messages of the %s generation', (generation) => {
  test('are added, and come back by identifier', async () => {
    const { mews, fake } = await open({ switches: { generation } })
    const one = await mews.addThread(newThread, neverAborted)
    const other = await mews.addThread(newThread, neverAborted)
    const added = await mews.addMessages(
      [
        { threadId: one.id, text: 'first', identifier: 'd-1' },
        { threadId: other.id.toUpperCase(), text: 'second 🛎️\nline', identifier: 'd-2' },
      ],
      neverAborted,
    )
    const stored = [...fake.messages(one.id), ...fake.messages(other.id)]
    expect(stored.map(({ text }) => text)).toEqual(['first', 'second 🛎️\nline'])
    expect(added.map(({ identifier, id }) => [identifier, id])).toEqual([
      ['d-1', stored[0]?.id],
      ['d-2', stored[1]?.id],
    ])
  })

  test('are listed oldest first, with who wrote them', async () => {
    const clock = createManualClock()
    const { mews, fake } = await open({ switches: { generation }, clock })
    const { id } = await mews.addThread(newThread, neverAborted)
    await mews.addMessages([{ threadId: id, text: 'question', identifier: 'd-1' }], neverAborted)
    fake.reply(id, 'answer one')
    fake.reply(id, 'answer two')
    const query = { threadIds: [id], start: clock.now(), end: clock.now() }
    const listed = await mews.listMessages(query, neverAborted)
    expect(listed.map(({ text, sender, threadId }) => [text, sender, threadId])).toEqual([
      ['question', 'Application', id],
      ['answer one', 'Enterprise', id],
      ['answer two', 'Enterprise', id],
    ])
  })
})

describe('messages', () => {
  test('on several pages are all listed, oldest first, each once', async () => {
    const clock = createManualClock()
    const it = await open({ clock })
    const { id } = await it.mews.addThread(newThread, neverAborted)
    for (let n = 0; n < 2500; n += 1) it.fake.reply(id, `${n}`)
    const query = { threadIds: [id], start: clock.now() - day, end: clock.now() + day }
    const listed = await it.mews.listMessages(query, neverAborted)
    expect(listed.map(({ text }) => text)).toEqual(Array.from({ length: 2500 }, (_, n) => `${n}`))
    const pages = it.fake.requests.slice(1).map((_, index) => bodyOf(it, index + 1)['Limitation'])
    expect(pages).toEqual([
      { Count: 1000 },
      { Count: 1000, Cursor: it.fake.messages(id)[1500]?.id },
      { Count: 1000, Cursor: it.fake.messages(id)[500]?.id },
    ])
  })

  test('that exactly fill a page need one more look and no more', async () => {
    const clock = createManualClock()
    const it = await open({ clock })
    const { id } = await it.mews.addThread(newThread, neverAborted)
    for (let n = 0; n < 1000; n += 1) it.fake.reply(id, `${n}`)
    const query = { threadIds: [id], start: clock.now(), end: clock.now() }
    expect(await it.mews.listMessages(query, neverAborted)).toHaveLength(1000)
    expect(it.fake.requests).toHaveLength(1 + 2)
  })

  test('of several months are listed month by month, oldest first', async () => {
    const clock = createManualClock()
    const it = await open({ clock })
    const { id } = await it.mews.addThread(newThread, neverAborted)
    const start = clock.now()
    for (let n = 0; n < 10; n += 1) {
      it.fake.reply(id, `${n}`)
      await clock.advance(9 * day)
    }
    const listed = await it.mews.listMessages({ threadIds: [id], start, end: clock.now() }, neverAborted)
    expect(listed.map(({ text }) => text).join('')).toBe('0123456789')
    expect(it.fake.requests).toHaveLength(1 + 4)
  })

  test('that two adjoining months both list are given once', async () => {
    const clock = createManualClock()
    const it = await open({ clock })
    const Messages = [{ Id: 'm', MessageThreadId: 't', Text: 'x', CreatedUtc: '2026-11-02T17:20:06Z' }]
    it.fake.fail(
      { kind: 'answer', applied: false, answer: { status: 200, body: { Messages } } },
      { times: 2 },
    )
    const query = { threadIds: ['t'], start: clock.now() - 40 * day, end: clock.now() }
    expect((await it.mews.listMessages(query, neverAborted)).map(({ id }) => id)).toEqual(['m'])
    expect(it.fake.requests).toHaveLength(2)
  })

  test('of one property are not seen by another', async () => {
    const foreign = { accessToken: 'foreign', enterpriseId: crypto.randomUUID(), name: 'Other Hotel' }
    const own = { accessToken: 'own', enterpriseId: crypto.randomUUID(), name: 'Own Hotel' }
    const { mews, fake } = await open({ properties: [own, foreign] })
    const { id } = await mews.addThread(newThread, neverAborted)
    expect(fake.threads(own.enterpriseId).map((thread) => thread.id)).toEqual([id])
    expect(fake.threads(foreign.enterpriseId)).toEqual([])
  })

  test('are not added at all when the batch is empty', async () => {
    const it = await open()
    expect(await it.mews.addMessages([], neverAborted)).toEqual([])
    expect(it.fake.requests).toEqual([])
  })

  test.each([
    ['an empty text', [{ threadId: 'x', text: '', identifier: 'd-1' }]],
    [
      'more than 1000',
      Array.from({ length: 1001 }, (_, n) => ({ threadId: 'x', text: 'x', identifier: `d-${n}` })),
    ],
  ])('are refused before they are sent: %s', async (_, messages) => {
    const it = await open()
    const error = await errorOf(it.mews.addMessages(messages, neverAborted))
    expect(error).toMatchObject({ outcome: 'rejected', code: 'invalid' })
    expect(it.fake.requests).toEqual([])
  })
})

test('the configuration tells the property and the time of Mews', async () => {
  const clock = createManualClock()
  const { mews } = await open({ clock })
  expect(await mews.readConfiguration(neverAborted)).toEqual({
    now: Date.parse('2026-11-02T17:20:05Z'),
    enterprise: {
      id: 'c1a7e0d4-3b52-4f0a-9b1e-7de2a4b0c611',
      name: 'Grand Hotel',
      timeZone: 'Europe/Budapest',
      isPortfolio: false,
    },
  })
})
