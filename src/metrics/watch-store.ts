import { conversationOf, platformOf } from '../relay/ids.ts'
import type { Delivery, Entry, LaneLog, Run, Settlement } from '../store/types.ts'
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

type CountAppended = (entries: readonly Entry[], fresh: readonly boolean[]) => void

const createCountAppended = ({ recorded }: Metrics): CountAppended => {
  const counters = remember((name: string) => {
    const [direction = '', platform = '', kind = ''] = name.split(':')
    return recorded.labels({ direction, platform, kind })
  })
  return (entries, fresh) => {
    for (const [index, { lane, kind }] of entries.entries()) {
      const labels = labelsOf(lane)
      if (labels === undefined || fresh[index] !== true) continue
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
  if (labels === undefined) return
  for (const entry of run.entries.filter(({ pos }) => pos <= doneThrough)) {
    const { pos, at } = entry
    const parts = deliveries.filter((delivery) => delivery.pos === pos)
    if (parts.length === 0) continue
    const failed = parts.some(({ state }) => state === 'failed')
    const outcome = failed ? 'failed' : 'delivered'
    metrics.settled.inc({ ...labels, property: propertyOf(run, entry), outcome })
    if (parts.some(({ possiblyTwice }) => possiblyTwice)) metrics.repeated.inc({ ...labels })
    const last = Math.max(...parts.map((part) => part.at))
    if (!failed) metrics.delay.observe({ ...labels }, Math.max(0, last - at) / 1000)
  }
}

/** The same lane log, counted. */
export const watchLaneLog = (laneLog: LaneLog, metrics: Metrics): LaneLog => {
  const held = new Map<string, Run>()
  const countAppended = createCountAppended(metrics)

  /** Before the news of a settlement arrives, the lane may have been claimed again. */
  const drop = ({ lane, token }: Pick<Run, 'lane' | 'token'>): void => {
    if (held.get(lane)?.token === token) held.delete(lane)
  }

  const note = (settlement: Settlement, run: Run | undefined): void => {
    const { lane, doneThrough, deliveries = [], fate } = settlement
    if (run !== undefined && doneThrough !== undefined) {
      countSettled(metrics, run, doneThrough, deliveries)
      if (held.get(lane) === run)
        held.set(lane, { ...run, entries: run.entries.filter(({ pos }) => pos > doneThrough) })
    }
    if (fate.next !== 'hold') drop(settlement)
  }

  return {
    ...laneLog,
    append: async (entries) => {
      const fresh = await laneLog.append(entries)
      countAppended(entries, fresh)
      return fresh
    },
    claim: async (query) => {
      const runs = await laneLog.claim(query)
      for (const run of runs) held.set(run.lane, run)
      const size = runs.reduce((sum, { entries }) => sum + entries.length, 0)
      if (size > 0 && query.group.startsWith('turn:')) metrics.batch.observe(size)
      return runs
    },
    release: async (runs) => {
      await laneLog.release(runs)
      for (const run of runs) drop(run)
    },
    settle: async (settlement) => {
      const run = held.get(settlement.lane)
      const ours = await laneLog.settle(settlement)
      if (ours) {
        note(settlement, run)
        const { append = [] } = settlement
        countAppended(
          append,
          append.map(() => true),
        )
      } else drop(settlement)
      return ours
    },
  }
}
