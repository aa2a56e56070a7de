import { type Child, startChild } from './child.ts'
import type { Dress } from './events.ts'
import type { Load, LoadResult } from './processes/load.ts'
import { cpuSeconds, type Subject } from './subjects.ts'

/** One round of load, with what it cost the server. */
export interface Loaded extends LoadResult {
  readonly perSecond: number
  /** Processor time of the server for each event, in microseconds. */
  readonly cpuMicros: number
  /** Answers other than 200. */
  readonly refused: number
}

/** A load generator in a process of its own; every message of a run has another number. */
export interface Loader {
  send(
    subject: Subject | readonly Subject[],
    dress: Dress,
    count: number,
    conversations?: number,
  ): Promise<Loaded>
  /** How many messages were numbered so far. */
  readonly numbered: number
  stop(): Promise<void>
}

const connections = 64

export const startLoader = async (): Promise<Loader> => {
  const child: Child<Load, LoadResult> = await startChild<Load, LoadResult>('load')
  let numbered = 0
  return {
    get numbered() {
      return numbered
    },
    send: async (subject, dress, count, conversations = 1_000) => {
      const subjects = 'port' in subject ? [subject] : subject
      const ports = subjects.map(({ port }) => port)
      const first = numbered
      numbered += count
      const before = await Promise.all(subjects.map(({ pid }) => cpuSeconds(pid)))
      const result = await child.ask({ dress, ports, connections, first, count, conversations })
      const after = await Promise.all(subjects.map(({ pid }) => cpuSeconds(pid)))
      const cpu = after.reduce((sum, seconds, index) => sum + seconds - (before[index] ?? NaN), 0)
      return {
        ...result,
        perSecond: count / result.seconds,
        cpuMicros: (cpu / count) * 1e6,
        refused: count - (result.statuses['200'] ?? 0),
      }
    },
    stop: () => child.stop(),
  }
}
