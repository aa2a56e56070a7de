import { expect, test } from 'vitest'
import { createMetrics, webhookTimeOf } from '../../src/observability/metrics.ts'
import { countRecords, watchMewsFetch, watchRoute } from '../../src/observability/counters.ts'
import { observeLaneLog } from '../../src/observability/observe-lanes.ts'
import type { WaitChange } from '../../src/store/lanes/types.ts'
import { claim, delivery, entry, useStore } from '../contracts/store/harness.ts'
import { createSqliteDatabase } from '../store/sqlite/database.ts'

const fixture = useStore(createSqliteDatabase)

/** The values of one metric, by their labels: `direction,platform,…`. */
const read = async (metrics: ReturnType<typeof createMetrics>, name: string) => {
  const metric = await metrics.registry.getSingleMetric(name)?.get()
  const values = metric?.values ?? []
  return Object.fromEntries(values.map(({ labels, value }) => [Object.values(labels).join(','), value]))
}

const lane = 'turn:slack:D0ANN'

const watched = () => {
  const metrics = createMetrics()
  return { metrics, log: observeLaneLog(fixture().store.log, [countRecords(metrics)]) }
}

const hotel = { group: 'turn:hotel' }

test('an event is counted once, however often it comes', async () => {
  const { metrics, log } = watched()
  await log.append([entry(lane, 'a', hotel), entry('hook:hotel', 'h')])
  await log.append([entry(lane, 'a', hotel)])
  expect(await read(metrics, 'mews_chat_recorded_total')).toEqual({ 'turn,slack,event': 1 })
})

test('what is delivered is counted when it is done, not when it is intended', async () => {
  const { metrics, log } = watched()
  await log.append([entry(lane, 'a', { ...hotel, at: 1_000 }), entry(lane, 'b', { ...hotel, at: 2_000 })])
  const [run] = await log.claim({ ...hotel, limit: 10, leaseMs: 1_000 })
  if (run === undefined) throw new Error('nothing is due')
  const { token } = run
  await log.settle({
    lane,
    token,
    deliveries: [delivery(1, { state: 'sending' })],
    nextStep: { next: 'hold' },
  })
  expect(await read(metrics, 'mews_chat_settled_total')).toEqual({})
  const deliveries = [delivery(1, { at: 4_000 }), delivery(2, { state: 'failed', possiblyTwice: true })]
  await log.settle({ lane, token, deliveries, doneThrough: 2, nextStep: { next: 'release' } })
  expect(await read(metrics, 'mews_chat_settled_total')).toEqual({
    'turn,slack,hotel,delivered': 1,
    'turn,slack,hotel,failed': 1,
  })
  expect(await read(metrics, 'mews_chat_possibly_twice_total')).toEqual({ 'turn,slack': 1 })
  expect(await metrics.registry.metrics()).toContain(
    'mews_chat_delivery_seconds_sum{direction="turn",platform="slack"} 3',
  )
})

test('replies are counted for the property whose staff wrote them', async () => {
  const { metrics, log } = watched()
  const to = { lane: 'reply:slack:D0ANN', group: 'reply:slack' }
  const payload = JSON.stringify({ v: 1, text: 'Good evening', property: 'sea' })
  await log.append([
    { ...entry(to.lane, payload), ...to, kind: 'reply' },
    { ...entry(to.lane, '{"v":1}'), ...to, kind: 'notice' },
  ])
  const [run] = await log.claim({ group: to.group, limit: 10, leaseMs: 1_000 })
  await log.settle({
    lane: to.lane,
    token: run?.token ?? 0,
    deliveries: [delivery(1), delivery(2)],
    doneThrough: 2,
    nextStep: { next: 'release' },
  })
  expect(await read(metrics, 'mews_chat_settled_total')).toEqual({
    'reply,slack,sea,delivered': 1,
    'reply,slack,,delivered': 1,
  })
})

const of = (kind: string): string => `{property="hotel",platform="slack",kind="${kind}"}`

test('how long a guest waited is counted with the settlement that ends the wait', async () => {
  const { metrics, log } = watched()
  const place = { thread: 'thread-1', conversation: 'slack:D0ANN', property: 'hotel' }
  await log.append([entry(lane, 'a', hotel), entry(lane, 'b', hotel), entry(lane, 'c', hotel)])
  const [run] = await log.claim({ ...hotel, limit: 10, leaseMs: 1_000 })
  const { token = 0 } = run ?? {}
  const settle = (change: object, held = token) =>
    log.settle({
      lane,
      token: held,
      waits: [{ ...place, ...change } as WaitChange],
      nextStep: { next: 'hold' },
    })
  await settle({ reachedAt: [1_000] })
  await settle({ answeredAt: 91_000, waited: { since: 1_000, isFirst: true } })
  await settle({ answeredAt: 95_000 })
  await settle({ answeredAt: 95_000, waited: { since: 94_000, isFirst: false } }, token - 1)
  await settle({ answeredAt: 99_000, waited: { since: 96_000, isFirst: false } })
  const text = await metrics.registry.metrics()
  expect(text).toContain(`mews_chat_reply_seconds_sum${of('first')} 90\n`)
  expect(text).toContain(`mews_chat_reply_seconds_sum${of('later')} 3\n`)
  expect(text).toContain(`mews_chat_reply_seconds_count${of('later')} 1\n`)
})

test('what Mews announced and never showed is counted for its property', async () => {
  const { metrics, log } = watched()
  const group = 'hook:sea'
  for (const id of ['one', 'two'])
    await log.append([{ ...entry(`${group}:${id}`, id), group, kind: 'announcement' }])
  const runs = await log.claim({ group, limit: 10, leaseMs: 1_000 })
  for (const [index, { lane: own, token }] of runs.entries())
    await log.settle({
      lane: own,
      token,
      deliveries: [delivery(1, { state: index === 0 ? 'failed' : 'sent' })],
      doneThrough: 1,
      nextStep: { next: 'release' },
    })
  expect(await read(metrics, 'mews_chat_announced_lost_total')).toEqual({ sea: 1 })
  expect(await read(metrics, 'mews_chat_settled_total')).toEqual({})
})

test('what another holder settles is not counted here', async () => {
  const { metrics, log } = watched()
  await log.append([entry(lane, 'a', hotel)])
  const [run] = await log.claim({ ...hotel, limit: 10, leaseMs: 1 })
  fixture().clock.step(10)
  await claim(fixture().store, hotel)
  const settled = { lane, token: run?.token ?? 0, deliveries: [delivery(1)], doneThrough: 1 }
  expect(await log.settle({ ...settled, nextStep: { next: 'release' } })).toBe(false)
  expect(await read(metrics, 'mews_chat_settled_total')).toEqual({})
})

test('requests to Mews are counted by operation and status, never by address', async () => {
  const metrics = createMetrics()
  const answers = [new Response('', { status: 429 }), new Error('broken')]
  const fetch = watchMewsFetch(
    async () => {
      const answer = answers.shift()
      if (answer instanceof Response) return answer
      throw answer ?? new Error('none')
    },
    metrics,
    fixture().clock,
  )
  const url = 'https://api.mews.com/api/connector/v1/messages/add'
  await fetch(url)
  await expect(fetch(`${url}?Token=secret`)).rejects.toThrow('broken')
  expect(await read(metrics, 'mews_chat_mews_requests_total')).toEqual({
    'messages/add,429': 1,
    'messages/add,0': 1,
  })
})

test('answers are timed by the route, not by what was asked for', async () => {
  const metrics = createMetrics()
  const { clock } = fixture()
  const handle = async () => {
    clock.step(200)
    return { status: 204 }
  }
  const route = watchRoute({ method: 'POST', path: '/mews/webhooks', handle }, metrics, clock)
  expect(await read(metrics, 'mews_chat_mews_webhook_timestamp_seconds')).toEqual({})
  expect(await webhookTimeOf(metrics)).toBe(undefined)
  await route.handle({
    method: 'POST',
    path: '/mews/webhooks',
    query: 'Token=secret',
    headers: {},
    body: Buffer.alloc(0),
  })
  const text = await metrics.registry.metrics()
  expect(text).toContain('mews_chat_answer_seconds_sum{route="/mews/webhooks",status="204"} 0.2')
  expect(text).not.toContain('secret')
  expect(await read(metrics, 'mews_chat_mews_webhook_timestamp_seconds')).toEqual({ '': clock.now() / 1000 })
  expect(await webhookTimeOf(metrics)).toBe(clock.now())
})
