import { beforeEach, describe, expect, test } from 'vitest'
import { createGauges } from '../../src/observability/gauges.ts'
import { createMetrics, createMetricsRoute, type Metrics } from '../../src/observability/metrics.ts'
import { createBudget } from '../../src/mews/budget.ts'
import { createHotelConnection, type HotelConnection } from '../../src/relay/property/hotel.ts'
import { createGate } from '../../src/relay/property/gate.ts'
import type { OpenStore } from '../../src/store/open-store.ts'
import { createLogBook } from '../fakes/log.ts'
import { entry, useStore } from '../contracts/store/harness.ts'
import { createManualClock, type ManualClock } from '../fakes/clock.ts'
import { createSqliteDatabase } from '../store/sqlite/database.ts'

const fixture = useStore(createSqliteDatabase)

let clock: ManualClock
let metrics: Metrics
/** What the database does when it is asked, in place of answering. */
let trouble: (() => Promise<never>) | undefined
let asked: number
let link: HotelConnection
let refresh: () => Promise<void>

const random = (): number => 0.5

const createPropertyLink = (): HotelConnection => {
  const backoff = { firstMs: 1_000, maxMs: 1_000, random }
  const { log } = createLogBook()
  const hotel = createHotelConnection({
    key: 'grand',
    name: 'grand',
    mews: {} as HotelConnection['mews'],
    budget: createBudget({ requests: 20, clock, random }),
    gate: createGate({ property: 'grand', backoff, clock, log, onChange: () => {} }),
  })
  hotel.setLeaseHolder(true)
  return hotel
}

beforeEach(async () => {
  clock = createManualClock()
  metrics = createMetrics()
  trouble = undefined
  asked = 0
  const { admin, marks, log } = fixture().store as OpenStore
  const figures = {
    ...admin.figures,
    groups: () => {
      asked += 1
      return trouble === undefined ? admin.figures.groups() : trouble()
    },
  }
  await log.append([entry('turn:slack:D0ANN', 'a', { group: 'turn:grand' })])
  await marks.set('synced:grand:active', String(clock.now()))
  link = createPropertyLink()
  const hotels = [link]
  refresh = createGauges({ registry: metrics.registry, figures, marks, hotels, clock })
})

const ask = (token?: string, authorization?: string) =>
  createMetricsRoute({ registry: metrics.registry, refresh, token }).handle({
    method: 'GET',
    path: '/metrics',
    query: '',
    headers: authorization === undefined ? {} : { authorization },
    body: Buffer.alloc(0),
  })

const scrape = async (): Promise<string> => {
  const { status, body = '' } = await ask()
  expect(status).toBe(200)
  return body
}

const ofTheDatabase = [
  'mews_chat_waiting{direction="turn",name="grand"} 1',
  'mews_chat_unplaced{state="waiting"} 0',
  'mews_chat_failed_parts 0',
  'mews_chat_possibly_twice_parts 0',
  'mews_chat_sync_age_seconds{property="grand"} ',
]

const expectAway = (text: string): void => {
  expect(text).toContain('mews_chat_database_up 0')
  expect(text).toContain('process_cpu_seconds_total')
  for (const start of ofTheDatabase) expect(text).not.toContain(start)
}

const expectThere = (text: string): void => {
  for (const start of ['mews_chat_database_up 1', ...ofTheDatabase]) expect(text).toContain(start)
}

describe('with METRICS_TOKEN', () => {
  const token = 'the-metrics-token-of-the-tests'

  test.each([`Bearer ${token}`, `bearer  ${token} `])('%j is let in', async (authorization) => {
    expect((await ask(token, authorization)).status).toBe(200)
  })

  test.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    `Bearer ${token}x`,
    token,
    `Basic ${token}`,
    `Bearer x ${token}`,
  ])('%j is told nothing', async (authorization) => {
    const answer = await ask(token, authorization)
    expect(answer).toEqual({ status: 401, headers: { 'www-authenticate': 'Bearer' } })
    expect(asked).toBe(0)
  })
})

describe('while the database', () => {
  test('answers, what it knows is told', async () => expectThere(await scrape()))

  test('refuses, what it knows is left out and the rest is told', async () => {
    await scrape()
    trouble = () => Promise.reject(new Error('away'))
    expectAway(await scrape())
    trouble = undefined
    expectThere(await scrape())
  })

  test('hangs, a scrape waits for five seconds, and asks no more than once', async () => {
    const { promise, reject } = Promise.withResolvers<never>()
    trouble = () => promise
    const scrapes = [scrape(), scrape()]
    await clock.advance(4_999)
    expect(clock.sleepers()).toBe(2)
    await clock.advance(1)
    for (const text of await Promise.all(scrapes)) expectAway(text)
    const third = scrape()
    await clock.advance(5_000)
    expectAway(await third)
    expect(asked).toBe(1)
    trouble = undefined
    reject(new Error('timeout'))
    await promise.catch(() => {})
    expectThere(await scrape())
    expect(clock.sleepers()).toBe(0)
  })
})

test('only the process that works for a property tells how it fares', async () => {
  const property = [
    'mews_chat_mews_requests_left{property="grand"} 20',
    'mews_chat_property_paused{property="grand"} ',
  ]
  link.gate.failed('messages/add', 'no answer')
  const holder = await scrape()
  expect(holder).toContain('mews_chat_property_paused{property="grand"} 1')
  for (const start of property) expect(holder).toContain(start)
  link.setLeaseHolder(false)
  const other = await scrape()
  for (const start of property) expect(other).not.toContain(start)
})

test('a guest who was asked is counted by itself, neither as failing nor as waiting for long', async () => {
  const { log } = fixture().store
  const name = 'slack'
  const group = `unrouted:${name}`
  await log.append([entry('turn:slack:D0BOB', 'b', { group })])
  const [run] = await log.claim({ group, limit: 1, leaseMs: 1_000 })
  const until = fixture().clock.now() + 86_400_000
  const nextStep = { next: 'await', seen: 1, until, reason: 'no answer', asked: true } as const
  await log.settle({ lane: run?.lane ?? '', token: run?.token ?? 0, nextStep })
  const text = await scrape()
  const labels = '{direction="unrouted",name="slack"}'
  expect(text).toContain(`mews_chat_unrouted_conversations${labels} 1\n`)
  expect(text).toContain(`mews_chat_failing_conversations${labels} 0\n`)
  expect(text).not.toContain(`mews_chat_oldest_waiting_seconds${labels}`)
})

test('what another connector writes is counted for a day', async () => {
  const { marks } = fixture().store
  const zero = 'mews_chat_unknown_turns{property="grand"} 0\n'
  expect(await scrape()).toContain(zero)
  const at = clock.now()
  const seen = { firstAt: at, lastAt: at, turns: 3, threads: 1 }
  await marks.set('others:grand', JSON.stringify({ turnsTo: at, threadsTo: at, seen }))
  expect(await scrape()).toContain('mews_chat_unknown_turns{property="grand"} 4\n')
  await clock.advance(25 * 60 * 60_000)
  expect(await scrape()).toContain(zero)
})

const series = (name: string, value: string) => `mews_chat_${name}{property="grand"} ${value}\n`

test('guests who wait for the staff are counted by property, and for how long the first does', async () => {
  const { log, waits } = fixture().store
  const none = await scrape()
  expect(none).toContain(series('unreplied_conversations', '0'))
  expect(none).toContain(series('oldest_unreplied_seconds', '0'))
  const [run] = await log.claim({ group: 'turn:grand', limit: 1, leaseMs: 1_000 })
  const { lane = '', token = 0 } = run ?? {}
  const place = { thread: 'thread-1', conversation: 'slack:D0ANN', property: 'grand' }
  const reachedAt = [clock.now() - 42 * 60_000]
  await log.settle({ lane, token, waits: [{ ...place, reachedAt }], nextStep: { next: 'hold' } })
  const one = await scrape()
  expect(one).toContain(series('unreplied_conversations', '1'))
  expect(one).toContain(series('oldest_unreplied_seconds', '2520'))
  await waits.resolved([{ ...place, resolvedAt: clock.now() }])
  expect(await scrape()).toContain(series('unreplied_conversations', '0'))
})
