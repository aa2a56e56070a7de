import type { Clock } from '../../port.ts'
import { createListeners } from '../../util/signal.ts'
import type { Backend } from '../dialect.ts'
import { isUnavailable } from '../error.ts'
import { createGroupCommit } from '../group-commit.ts'
import type { WakeUps } from '../postgres/wake-ups.ts'
import { createDrain, toAppended } from '../spool/drain.ts'
import type { Spool } from '../spool/spool.ts'
import type { Entry, LaneLog, AppendedEntry, Settlement } from './types.ts'
import { appendEntries } from './append.ts'
import { claimRuns } from './claim.ts'
import { readKnownMessages, readLastHasFailed, readNativeIds, readRecorded } from './deliveries.ts'
import {
  endUnrealLeases,
  followClock,
  readNewestEvents,
  readStates,
  releaseLeases,
  renewLeases,
  tryFailedAgain,
  wakeLanes,
} from './leases.ts'
import { settleLanes } from './settle.ts'

/** A clock that is set by less causes no noticeable delay. */
const noticedMs = 5_000

/** Leases last a third of this, and are prolonged in time. */
const longestLeaseMs = 3 * 60_000

/** SQLite works on the calling thread: larger transactions would hold everything else up. */
const rowsPerCommit = 1_000

/**
 * The lane log on a database; `spool` keeps entries until they are appended to their lanes, `wakeUps` connect the processes on the
 * database, `idle` resolves once no write is waiting.
 */
export const createLaneLog = (
  backend: Backend,
  spool: Spool,
  clock: Clock,
  wakeUps?: WakeUps,
): { readonly log: LaneLog; readonly idle: () => Promise<void> } => {
  const { db, dialect } = backend
  const ready = createListeners<string>()
  const placed = createListeners<readonly AppendedEntry[]>()
  wakeUps?.receive(ready.tell)

  const { submit, idle } = createGroupCommit<Write, Committed['results'][number]>({
    commit: async (writes) => {
      const { results, groups } = await commitWrites(backend, writes, clock.now())
      const told = new Set(groups)
      for (const group of told) ready.tell(group)
      wakeUps?.send(told)
      return results
    },
    weigh: ({ settlement, entries }) =>
      entries.length + (settlement === undefined ? 0 : 1 + (settlement.deliveries?.length ?? 0)),
    limit: rowsPerCommit,
    failsAll: isUnavailable,
  })

  const tell = (entries: readonly Entry[]): void => {
    if (entries.length > 0) placed.tell(entries.map(toAppended))
  }
  const write = async (given: Write): Promise<readonly boolean[] | undefined> => {
    const isNew = await submit(given)
    tell(given.entries.filter((_, index) => isNew?.[index]))
    return isNew
  }

  const followTime = createFollowTime(backend, clock)
  const log: LaneLog = {
    ...createDrain({
      spool,
      append: async (entry) => (await submit({ entries: [entry] }))?.[0] === true,
      tell,
    }),
    append: async (entries) => (await write({ entries })) ?? [],
    claim: async (query) => claimRuns(backend, query, await followTime()),
    renew: (runs, leaseMs) => renewLeases(backend, runs, clock.now() + leaseMs),
    release: async (runs) => void (await releaseLeases(backend, runs)),
    settle: async (settlement) =>
      (await write({ settlement, entries: settlement.append ?? [] })) !== undefined,
    wake: async (group) => {
      await wakeLanes(db, group, clock.now())
      ready.tell(group)
    },
    recorded: (keys) => readRecorded(backend, keys),
    nativeIds: (targets, since) => readNativeIds(db, dialect, targets, since),
    knownMessages: (ids) => readKnownMessages(db, dialect, ids),
    lastHasFailed: (place) => readLastHasFailed(db, place),
    newestEvents: (lane, limit) => readNewestEvents(db, lane, limit),
    states: (lanes) => readStates(db, dialect, lanes),
    onReady: ready.add,
    onAppended: placed.add,
  }
  return { log, idle }
}

/** One caller's write: entries, or a settlement with the entries that depend on it. */
export interface Write {
  readonly settlement?: Settlement
  readonly entries: readonly Entry[]
}

export interface Committed {
  /** For each write whether its entries were new; undefined where a settlement was refused and nothing was written. */
  readonly results: readonly (readonly boolean[] | undefined)[]
  /** Where something may be claimable now. */
  readonly groups: readonly string[]
}

/** Makes many callers' writes durable in one transaction: settlements first, then entries, each in the given order. */
const commitWrites = (
  { dialect, transact }: Backend,
  writes: readonly Write[],
  now: number,
): Promise<Committed> =>
  transact(async (trx) => {
    await dialect.lockLanes(trx, writes.flatMap(lanesOf))
    const settlements = writes.flatMap(({ settlement }) => settlement ?? [])
    const settled = await settleLanes(trx, dialect, settlements, now)
    const verdicts = settled.accepted.values()
    const counts = writes.map(({ settlement }) => settlement === undefined || verdicts.next().value === true)
    const entries = writes.flatMap((write, index) => (counts[index] ? write.entries : []))
    const appended = await appendEntries(trx, dialect, entries, now)
    const news = appended.isNew.values()
    return {
      results: writes.map((write, index) =>
        counts[index] ? write.entries.map(() => news.next().value === true) : undefined,
      ),
      groups: [...settled.groups, ...appended.groups],
    }
  })

const lanesOf = ({ settlement, entries }: Write): readonly string[] => [
  ...(settlement === undefined ? [] : [settlement.lane]),
  ...entries.map(({ lane }) => lane),
]

/**
 * Gives the time; where the clock was set since the last time, what waits for a time waits about as long as before. Processes that share a
 * database use its clock, and each of them notices that it was set, so they do only what may be repeated.
 */
function createFollowTime(backend: Backend, clock: Clock): () => Promise<number> {
  const isShared = backend.dialect.name === 'postgres'
  const offsetNow = (): number => clock.now() - clock.monotonic()
  let offset = offsetNow()
  /** By then every live holder has prolonged its leases. This also holds after a start, since leases from before may be wrong, too. */
  let leasesRealAt = isShared ? clock.monotonic() + longestLeaseMs : Infinity

  const follow = async (now: number, setByMs: number): Promise<void> => {
    if (!isShared) return followClock(backend.db, now, setByMs)
    if (setByMs > 0) return
    leasesRealAt = clock.monotonic() + longestLeaseMs
    await tryFailedAgain(backend, now)
  }

  return async () => {
    const now = clock.now()
    const setByMs = Math.round(offsetNow() - offset)
    if (Math.abs(setByMs) > noticedMs) {
      offset += setByMs
      await follow(now, setByMs)
    }
    if (clock.monotonic() >= leasesRealAt) {
      leasesRealAt = Infinity
      await endUnrealLeases(backend, now + longestLeaseMs)
    }
    return now
  }
}
