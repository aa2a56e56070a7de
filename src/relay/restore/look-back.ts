import { stampBackup, readRestored } from '../../store/restored.ts'
import type { OpenStore } from '../../store/open-store.ts'
import type { RelayContext } from '../context.ts'
import type { HotelConnection } from '../property/hotel.ts'
import { readOtherWriting } from './other-writers.ts'
import { findUnknownThreads, findUnknownTurns } from './unknown-turns.ts'
import { untilInMewsTime } from './restored.ts'

/** A start waits for Mews no longer than this: while it is away, what waits for others goes on. */
const limitMs = 5_000

/** A look begins this much early, since clocks are never quite right. */
const overlapMs = 5 * 60_000

/** Conversations in which something was said this long before the records end are looked through. */
const activeMs = 7 * 24 * 60 * 60_000

/** The most threads that one request to Mews may name. */
const threadsAtOnce = 1_000

const pollMs = 100

/**
 * Looks, before anything is sent, whether Mews has something from us that was written after the records end. Then the database is a dump
 * or a snapshot that was put back without `restored`, and is taken for a backup. Where Mews does not answer in time, nothing counts as
 * found, and the log says so.
 */
export const lookBack = async (hotels: readonly HotelConnection[], known: Known): Promise<void> => {
  const { store, clock, log } = known
  const ended = new AbortController()
  const late = new AbortController()
  void clock.sleep(limitMs, ended.signal).then(() => late.abort())
  try {
    await oneAtATime(known, late.signal, async () => {
      const looks = hotels.map(async (hotel) => {
        const look = (): Promise<Older | undefined> => lookAt(hotel, known, late.signal)
        return asLeaseHolder(hotel, store, look).catch((error: unknown) => {
          const fields = { property: hotel.key, err: error }
          log.warn(fields, 'it could not be seen whether the database is older than what Mews has')
          return undefined
        })
      })
      const older = (await Promise.all(looks)).filter((each) => each !== undefined)
      if (older.length === 0) return
      const since = Math.min(...older.map((each) => each.since))
      await stampBackup(store.marks, since)
      await store.takeUpBackup()
      for (const { property, turns, threads } of older)
        log.warn(
          { property, turns, threads, since: new Date(since).toISOString() },
          'the database is older than what Mews has: taken for a backup that was put back',
        )
    })
  } finally {
    ended.abort()
  }
}

type Known = Pick<RelayContext, 'times' | 'clock' | 'log'> & {
  readonly store: Pick<OpenStore, 'shared' | 'leases' | 'marks' | 'threads' | 'log' | 'takeUpBackup'>
}

/** Processes that start on one database at the same moment look one after the other. */
async function oneAtATime(
  { store, clock }: Known,
  signal: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  if (!store.shared) return work()
  const name = 'look-back'
  let taken = await store.leases.take(name, limitMs)
  while (taken === undefined && !signal.aborted) {
    await clock.sleep(pollMs, signal)
    taken = await store.leases.take(name, limitMs)
  }
  if (taken === undefined) return
  try {
    await work()
  } finally {
    await store.leases.release(name, taken.token, taken.note)
  }
}

/** Messages and threads of a property that Mews has and the records have not. */
interface Older {
  readonly property: string
  readonly turns: number
  readonly threads: number
  /** When the records end, by this machine's clock. */
  readonly since: number
}

const lookAt = async (
  { key: property, mews }: HotelConnection,
  { store, times, clock }: Known,
  signal: AbortSignal,
): Promise<Older | undefined> => {
  const { marks } = store
  const lastLook = Number((await marks.get(`synced:${property}:active`)) ?? NaN)
  if (Number.isNaN(lastLook)) return undefined
  await mews.clock.learn(signal)
  const now = mews.clock.now()
  const aheadMs = now - clock.now()
  // Another connector's messages say nothing of the records' age.
  if ((await readOtherWriting(property, marks, now)) !== undefined) return undefined
  const span = await readRestored(marks)
  const from = Math.max(
    Math.min(lastLook, now) - overlapMs,
    span === undefined ? 0 : untilInMewsTime(span, mews.clock, clock),
    now - times.idleMs,
  )
  const end = now + overlapMs
  const isNew = ({ createdAt }: { readonly createdAt: number }): boolean => createdAt >= from
  const findThreads = async (): Promise<number> => {
    const threads = await mews.listThreads({ createdFrom: from, createdTo: end }, signal, 'thread')
    return (await findUnknownThreads(threads.filter(isNew), store)).length
  }
  const findTurns = async (): Promise<number> => {
    const rows = await store.threads.active({ property, since: from - activeMs, limit: threadsAtOnce })
    const threadIds = rows.map(({ threadId }) => threadId)
    if (threadIds.length === 0) return 0
    const messages = await mews.listMessages({ threadIds, start: from, end }, signal, 'send')
    return (await findUnknownTurns(messages.filter(isNew), store)).length
  }
  const [threads, turns] = await Promise.all([findThreads(), findTurns()])
  return threads + turns === 0 ? undefined : { property, turns, threads, since: from - aheadMs }
}

/**
 * Another process that works for a property knows what it has sent: then the database is no copy. What is asked here counts in the budget
 * that the last process has left.
 */
async function asLeaseHolder<T>(
  { key, budget }: HotelConnection,
  { leases }: Pick<Known['store'], 'leases'>,
  work: () => Promise<T>,
): Promise<T | undefined> {
  const name = `property:${key}`
  const taken = await leases.take(name, 2 * limitMs)
  if (taken === undefined) return undefined
  const { token, note } = taken
  budget.resume(note, (record) => leases.note(name, token, record))
  try {
    return await work()
  } finally {
    await leases.release(name, token, budget.record())
  }
}
