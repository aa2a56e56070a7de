import type { Clock, Route } from '../port.ts'
import { conversationOf, platformOf } from '../relay/ids.ts'
import type { Delivery, AppendedEntry, Run, WaitChange } from '../store/lanes/types.ts'
import type { Metrics } from './metrics.ts'
import type { LaneLogObserver } from './observe-lanes.ts'

/** Counts what happens in the lane log. */
export const countRecords = (metrics: Metrics): LaneLogObserver => ({
  appended: createCountNew(metrics),
  claimed: (group, runs) => {
    const size = runs.reduce((sum, { entries }) => sum + entries.length, 0)
    if (size > 0 && group.startsWith('turn:')) metrics.batch.observe(size)
  },
  settled: ({ doneThrough, deliveries = [], waits = [] }, run) => {
    for (const change of waits) countReply(metrics, change)
    if (run !== undefined && doneThrough !== undefined) countSettled(metrics, run, doneThrough, deliveries)
  },
})

/** The same route, timed; the label is its path as it was registered, never what was asked for. */
export const watchRoute = (route: Route, { answers, webhookAt }: Metrics, clock: Clock): Route => {
  const observe = remember((status: number) => answers.labels({ route: route.path, status: String(status) }))
  return {
    ...route,
    handle: async (request) => {
      const startedAt = clock.monotonic()
      const done = (status: number): void => observe(status).observe((clock.monotonic() - startedAt) / 1000)
      try {
        const response = await route.handle(request)
        done(response.status)
        if (route.path === '/mews/webhooks' && response.status === 204) webhookAt.set(clock.now() / 1000)
        return response
      } catch (error) {
        done(500)
        throw error
      }
    },
  }
}

/** The same `fetch` for requests to Mews, counted. */
export const watchMewsFetch =
  (fetch: typeof globalThis.fetch, { mewsRequests, mewsSeconds }: Metrics, clock: Clock): typeof fetch =>
  async (input, init) => {
    const url = typeof input === 'string' ? input : input instanceof URL ? input.href : input.url
    const operation = operationOf(url)
    const startedAt = clock.monotonic()
    try {
      const response = await fetch(input, init)
      mewsRequests.inc({ operation, status: String(response.status) })
      mewsSeconds.observe({ operation }, (clock.monotonic() - startedAt) / 1000)
      return response
    } catch (error) {
      mewsRequests.inc({ operation, status: '0' })
      throw error
    }
  }

const createCountNew = ({ recorded }: Metrics): CountNew => {
  const counters = remember((name: string) => {
    const [direction = '', platform = '', kind = ''] = name.split(':')
    return recorded.labels({ direction, platform, kind })
  })
  return (entries) => {
    for (const { lane, kind } of entries) {
      const labels = labelsOf(lane)
      if (labels === undefined) continue
      counters(`${labels.direction}:${labels.platform}:${kind}`).inc()
    }
  }
}

type CountNew = (entries: readonly AppendedEntry[]) => void

/** Makes a thing for each key once: a counter whose labels are looked up for every event costs more than the counting. */
const remember = <Key, Thing>(make: (key: Key) => Thing): ((key: Key) => Thing) => {
  const made = new Map<Key, Thing>()
  return (key) => {
    const known = made.get(key) ?? make(key)
    made.set(key, known)
    return known
  }
}

/** Undefined for the lanes of announcements, which are no messages. */
const labelsOf = (lane: string): Labels | undefined => {
  const [direction = ''] = lane.split(':', 1)
  if (direction !== 'turn' && direction !== 'reply') return undefined
  return { direction, platform: platformOf(conversationOf(lane)) }
}

interface Labels {
  readonly direction: string
  readonly platform: string
}

/** Counts how long a guest waited for the staff. */
const countReply = ({ replySeconds }: Metrics, change: WaitChange): void => {
  if (!('answeredAt' in change) || change.waited === undefined) return
  const { property, conversation, answeredAt, waited } = change
  const kind = waited.isFirst ? 'first' : 'later'
  const labels = { property, platform: platformOf(conversation), kind }
  replySeconds.observe(labels, Math.max(0, answeredAt - waited.since) / 1000)
}

/** Counts what a settlement ends, once: an entry has failed when a part of it has. */
const countSettled = (
  metrics: Metrics,
  run: Run,
  doneThrough: number,
  deliveries: readonly Delivery[],
): void => {
  const labels = labelsOf(run.lane)
  if (labels === undefined) return countLost(metrics, run, deliveries)
  const byPos = Map.groupBy(deliveries, ({ pos }) => pos)
  for (const entry of run.entries) {
    const { pos, at } = entry
    const parts = byPos.get(pos)
    if (pos > doneThrough || parts === undefined) continue
    const failed = parts.some(({ state }) => state === 'failed')
    const outcome = failed ? 'failed' : 'delivered'
    metrics.settled.inc({ ...labels, property: propertyOf(run, entry), outcome })
    if (parts.some(({ possiblyTwice }) => possiblyTwice)) metrics.repeated.inc({ ...labels })
    const last = Math.max(...parts.map((part) => part.at))
    if (!failed) metrics.delay.observe({ ...labels }, Math.max(0, last - at) / 1000)
  }
}

/** Announcements have a delivery only where nothing was found. */
const countLost = ({ lost }: Metrics, { group }: Run, deliveries: readonly Delivery[]): void => {
  const failed = deliveries.filter(({ state }) => state === 'failed').length
  if (failed > 0) lost.inc({ property: group.slice(group.indexOf(':') + 1) }, failed)
}

/** Turns wait by property. A reply records whose staff wrote it; a notice to the guest has no property. */
const propertyOf = ({ group }: Run, { kind, payload }: Run['entries'][number]): string => {
  if (group.startsWith('turn:')) return group.slice('turn:'.length)
  if (kind !== 'reply' || payload === '') return ''
  const { property } = JSON.parse(payload) as { readonly property?: unknown }
  return typeof property === 'string' ? property : ''
}

/** `messages/add` and the like, out of an address of the Connector API. */
const operationOf = (url: string): string =>
  /\/api\/connector\/v1\/([A-Za-z]+\/[A-Za-z]+)$/.exec(url.split('?', 1)[0] ?? '')?.[1] ?? 'other'
