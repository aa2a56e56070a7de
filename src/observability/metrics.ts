import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Adapter, Route } from '../port.ts'
import { sameSecret } from '../util/secret.ts'

/** All that is counted where it happens. Labels are names of directions, platforms, properties and operations; nothing of a guest. */
export interface Metrics {
  readonly registry: Registry
  readonly recorded: Counter<'direction' | 'platform' | 'kind'>
  readonly settled: Counter<'direction' | 'platform' | 'property' | 'outcome'>
  readonly repeated: Counter<'direction' | 'platform'>
  readonly lost: Counter<'property'>
  readonly delay: Histogram<'direction' | 'platform'>
  readonly batch: Histogram
  readonly replySeconds: Histogram<'property' | 'platform' | 'kind'>
  readonly mewsRequests: Counter<'operation' | 'status'>
  readonly mewsSeconds: Histogram<'operation'>
  readonly answers: Histogram<'route' | 'status'>
  readonly platformEvents: Counter<'platform' | 'event'>
  readonly webhookAt: Gauge
}

const delayBuckets = [0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1_800, 7_200, 43_200]

/** From a minute to three days: people answer, not programs. */
const replyBuckets = [60, 180, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400, 259_200]

const answerBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3]

/** Makes the counters of one process, with those of Node.js. */
export const createMetrics = (): Metrics => {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  return {
    registry,
    recorded: new Counter({
      registers,
      name: 'mews_chat_recorded_total',
      help: 'Events, replies and notices that were recorded.',
      labelNames: ['direction', 'platform', 'kind'],
    }),
    settled: new Counter({
      registers,
      name: 'mews_chat_settled_total',
      help: 'Messages that arrived on the other side, or were given up.',
      labelNames: ['direction', 'platform', 'property', 'outcome'],
    }),
    repeated: new Counter({
      registers,
      name: 'mews_chat_possibly_twice_total',
      help: 'Messages that were sent again after an outcome that could not be looked up.',
      labelNames: ['direction', 'platform'],
    }),
    lost: new Counter({
      registers,
      name: 'mews_chat_announced_lost_total',
      help: 'Messages that Mews announced and did not show within an hour.',
      labelNames: ['property'],
    }),
    delay: new Histogram({
      registers,
      name: 'mews_chat_delivery_seconds',
      help: 'From recording to delivery.',
      labelNames: ['direction', 'platform'],
      buckets: delayBuckets,
    }),
    batch: new Histogram({
      registers,
      name: 'mews_chat_claimed_entries',
      help: 'Entries taken at once towards Mews.',
      buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000],
    }),
    replySeconds: new Histogram({
      registers,
      name: 'mews_chat_reply_seconds',
      help: 'How long guests waited for the staff: until the reply was written that reached them. first: the first one in a Mews thread.',
      labelNames: ['property', 'platform', 'kind'],
      buckets: replyBuckets,
    }),
    ...createOutside(registers),
  }
}

/** When Mews last announced something to this process, milliseconds since 1970; undefined: not since the start. */
export const webhookTimeOf = async ({ webhookAt }: Metrics): Promise<number | undefined> => {
  const seconds = (await webhookAt.get()).values[0]?.value
  return seconds === undefined ? undefined : seconds * 1000
}

/** Which kinds of entries there are in each direction. */
const kinds = { turn: ['event', 'notice'], reply: ['reply', 'notice'] } as const

const directions = ['turn', 'reply'] as const

const outcomes = ['delivered', 'failed'] as const

/**
 * Lets every counter that alerts look at begin at 0: Prometheus sees no increase in a series that appears with 1, so the first failure
 * after a start would raise no alert.
 */
export const beginAtZero = (
  { recorded, settled, repeated, lost, platformEvents }: Metrics,
  adapters: Iterable<Pick<Adapter, 'name' | 'counts'>>,
  properties: readonly string[],
): void => {
  for (const property of properties) lost.inc({ property }, 0)
  for (const { name: platform, counts = [] } of adapters) {
    for (const event of counts) platformEvents.inc({ platform, event }, 0)
    for (const direction of directions) {
      repeated.inc({ direction, platform }, 0)
      for (const kind of kinds[direction]) recorded.inc({ direction, platform, kind }, 0)
      // Notices, and turns that were never for any hotel, are no property's.
      for (const property of [...properties, ''])
        for (const outcome of outcomes) settled.inc({ direction, platform, property, outcome }, 0)
    }
  }
}

/** What `/metrics` is made of. */
export interface MetricsRouteOptions {
  readonly registry: Registry
  /** Reads what is not counted as it happens; never rejects. */
  readonly refresh: () => Promise<void>
  /** What Prometheus must send as `Authorization: Bearer …`; undefined: nothing. */
  readonly token: string | undefined
}

/** `GET /metrics`, in Prometheus's text format; what the process has counted is there also while the database is not. */
export const createMetricsRoute = ({ registry, refresh, token }: MetricsRouteOptions): Route => ({
  method: 'GET',
  path: '/metrics',
  handle: async ({ headers }) => {
    if (token !== undefined && !isBearer(headers['authorization'], token))
      return { status: 401, headers: { 'www-authenticate': 'Bearer' } }
    await refresh()
    return { status: 200, headers: { 'content-type': registry.contentType }, body: await registry.metrics() }
  },
})

/** Counts calls to Mews, answers to requests, and events that adapters count. */
const createOutside = (
  registers: Registry[],
): Pick<Metrics, 'mewsRequests' | 'mewsSeconds' | 'answers' | 'platformEvents' | 'webhookAt'> => ({
  mewsRequests: new Counter({
    registers,
    name: 'mews_chat_mews_requests_total',
    help: 'Requests to Mews by operation and status; 0: no answer.',
    labelNames: ['operation', 'status'],
  }),
  mewsSeconds: new Histogram({
    registers,
    name: 'mews_chat_mews_request_seconds',
    help: 'How long Mews takes to answer.',
    labelNames: ['operation'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  }),
  answers: new Histogram({
    registers,
    name: 'mews_chat_answer_seconds',
    help: 'From a request to its answer: for events, until they are on disk.',
    labelNames: ['route', 'status'],
    buckets: answerBuckets,
  }),
  platformEvents: new Counter({
    registers,
    name: 'mews_chat_platform_events_total',
    help: 'What no message tells of. withheld: a minute of events that the platform did not send; foreign: an activity of a tenant that may not write.',
    labelNames: ['platform', 'event'],
  }),
  webhookAt: createWebhookAt(registers),
})

const createWebhookAt = (registers: Registry[]): Gauge => {
  const gauge = new Gauge({
    registers,
    name: 'mews_chat_mews_webhook_timestamp_seconds',
    help: 'When Mews last announced something to this process; no value before.',
  })
  // It would begin at 0, which is 1970.
  gauge.remove()
  return gauge
}

function isBearer(header: string | readonly string[] | undefined, token: string): boolean {
  const [, given = ''] = /^Bearer +(\S+) *$/i.exec(String(header ?? '')) ?? []
  return sameSecret(given, token)
}
