import { conversationOf, platformOf } from '../relay/ids.ts'
import type { LaneLogObserver } from './observe-lanes.ts'
import type { Delivery, Placed, Run } from '../store/types.ts'
import type { Metrics } from './metrics.ts'
import { remember } from './remember.ts'

interface Labels {
  readonly direction: string
  readonly platform: string
}

/** Undefined for the lanes of announcements, which are no messages. */
const labelsOf = (lane: string): Labels | undefined => {
  const [direction = ''] = lane.split(':', 1)
  if (direction !== 'turn' && direction !== 'reply') return undefined
  return { direction, platform: platformOf(conversationOf(lane)) }
}

type CountNew = (entries: readonly Placed[]) => void

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

/** Turns wait by property; of a reply it is recorded whose staff wrote it, and a notice to the guest is nobody's. */
const propertyOf = ({ group }: Run, { kind, payload }: Run['entries'][number]): string => {
  if (group.startsWith('turn:')) return group.slice('turn:'.length)
  if (kind !== 'reply' || payload === '') return ''
  const { property } = JSON.parse(payload) as { readonly property?: unknown }
  return typeof property === 'string' ? property : ''
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

/** Counts what happens in the lane log. */
export const countRecords = (metrics: Metrics): LaneLogObserver => ({
  placed: createCountNew(metrics),
  claimed: (group, runs) => {
    const size = runs.reduce((sum, { entries }) => sum + entries.length, 0)
    if (size > 0 && group.startsWith('turn:')) metrics.batch.observe(size)
  },
  settled: ({ doneThrough, deliveries = [] }, run) => {
    if (run !== undefined && doneThrough !== undefined) countSettled(metrics, run, doneThrough, deliveries)
  },
})
