import type { Clock } from '../port.ts'
import { claimRuns } from './claim.ts'
import { commitWrites } from './commit.ts'
import type { Committed, Write } from './commit.ts'
import { readKnownMessages, readNativeIds, readRecorded } from './deliveries.ts'
import type { Backend } from './dialect.ts'
import { StoreError } from './error.ts'
import { createGroupCommit } from './group-commit.ts'
import { releaseLeases, renewLeases, wakeLanes } from './lease.ts'
import { readStates } from './states.ts'
import type { LaneLog } from './types.ts'
import type { WakeUps } from './wake-ups.ts'

/** SQLite works on the calling thread: larger transactions would hold everything else up. */
const rowsPerCommit = 1_000

/** The lane log on a database; `wakeUps` join the processes on it, `idle` resolves once no write is waiting. */
export const createLaneLog = (
  backend: Backend,
  clock: Clock,
  wakeUps?: WakeUps,
): { readonly log: LaneLog; readonly idle: () => Promise<void> } => {
  const { db, dialect } = backend
  const listeners = new Set<(group: string) => void>()

  const announce = (group: string): void => {
    // In a turn of its own: a listener that throws must not look like a failed commit.
    for (const listener of listeners) queueMicrotask(() => listener(group))
  }
  wakeUps?.receive(announce)

  const { submit, idle } = createGroupCommit<Write, Committed['results'][number]>({
    commit: async (writes) => {
      const { results, groups } = await commitWrites(backend, writes, clock.now())
      const ready = new Set(groups)
      for (const group of ready) announce(group)
      wakeUps?.send(ready)
      return results
    },
    weigh: ({ settlement, entries }) => 1 + entries.length + (settlement?.deliveries?.length ?? 0),
    limit: rowsPerCommit,
    failsAll: (error) => error instanceof StoreError && error.code === 'unavailable',
  })

  const log: LaneLog = {
    append: async (entries) => (await submit({ entries })) ?? [],
    claim: (query) => claimRuns(backend, query, clock.now()),
    renew: (runs, leaseMs) => renewLeases(backend, runs, clock.now() + leaseMs),
    release: async (runs) => void (await releaseLeases(backend, runs)),
    settle: async (settlement) =>
      (await submit({ settlement, entries: settlement.append ?? [] })) !== undefined,
    wake: async (group) => {
      await wakeLanes(db, group, clock.now())
      announce(group)
    },
    recorded: (keys) => readRecorded(backend, keys),
    nativeIds: (targets, since) => readNativeIds(db, dialect, targets, since),
    knownMessages: (ids) => readKnownMessages(db, dialect, ids),
    states: (lanes) => readStates(db, dialect, lanes),
    onReady: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
  return { log, idle }
}
