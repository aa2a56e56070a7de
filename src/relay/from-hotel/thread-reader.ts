import type { MewsError } from '../../mews/error.ts'
import type { MewsMessage } from '../../mews/wire.ts'
import type { Marks } from '../../store/types.ts'
import type { RelayContext } from '../context.ts'
import type { HotelConnection } from '../property/hotel.ts'
import { createHotelReader, intervalSince, type Listed } from '../property/list.ts'

/** Reads threads for one sync, and goes on past those whose messages cannot be read. */
export interface ThreadReader {
  /**
   * The messages of up to 1000 threads from `start` on, or all where `whole`. Unreadable threads are left out or, where `again`, tried: one
   * that can be read again gives what was written since it became unreadable.
   */
  read(threadIds: readonly string[], from: From): Promise<readonly MewsMessage[]>
  /** Records which threads are unreadable; to be called once what was read is recorded. */
  keep(): Promise<void>
  /** Ends the sync. Rejects with a refusal that may not be a thread's own: then not everything was read. */
  end(): Promise<void>
}

/** At most this many are named in the log. */
const mostNamed = 10

export const createThreadReader = async (
  { store, log }: RelayContext,
  { key, mews }: HotelConnection,
  signal: AbortSignal,
): Promise<ThreadReader> => {
  const reader = createHotelReader(mews, store.threads)
  const { end } = intervalSince(mews.clock.now(), mews.clock)
  const unreadable = await readUnreadableThreads(store.marks, key)
  const refused = new Map<string, number>()
  let answered = false
  let unclear = false
  let refusal: MewsError | undefined

  const list = async (threadIds: readonly string[], start: number | undefined): Promise<Listed> => {
    const interval = start === undefined ? {} : { start, end }
    const listed = await reader.listMessages(threadIds, interval, { kind: 'sync', signal })
    answered ||= listed.answered
    return listed
  }

  const setUnreadable = (threads: ReadonlyMap<string, number>, why: string): void => {
    if (threads.size === 0) return
    unreadable.add(threads)
    const threadIds = [...threads.keys()].slice(0, mostNamed)
    const fields = { property: key, threads: threads.size, threadIds, reason: refusal?.message }
    log.warn(fields, `threads that Mews ${why} are read once an hour only`)
  }

  const readAnew = async (
    threadIds: readonly string[],
    { start, whole }: From,
  ): Promise<readonly MewsMessage[]> => {
    if (threadIds.length === 0) return []
    const listed = await list(threadIds, whole ? undefined : start)
    refusal ??= listed.error
    setUnreadable(new Map([...listed.unknown].map((id) => [id, start])), 'does not know')
    for (const id of listed.refused) refused.set(id, start)
    unclear ||= listed.unclear.size > 0
    return listed.messages
  }

  const readAgain = async (threadIds: readonly string[]): Promise<readonly MewsMessage[]> => {
    if (threadIds.length === 0) return []
    const listed = await list(threadIds, unreadable.since(threadIds))
    const still = new Set([...listed.unknown, ...listed.refused, ...listed.unclear])
    const back = threadIds.filter((id) => !still.has(id))
    unreadable.remove(back)
    if (back.length > 0) log.info({ property: key, threads: back.length }, 'threads can be read again')
    return listed.messages
  }

  return {
    read: async (threadIds, from) => {
      const fresh = threadIds.filter((id) => !unreadable.has(id))
      const old = from.again ? threadIds.filter((id) => unreadable.has(id)) : []
      return [...(await readAnew(fresh, from)), ...(await readAgain(old))]
    },
    keep: () => unreadable.keep(),
    end: async () => {
      if (answered) setUnreadable(refused, 'refuses to read')
      await unreadable.keep()
      if (refusal !== undefined && (unclear || (!answered && refused.size > 0))) throw refusal
    },
  }
}

/**
 * Threads that a sync leaves out, because Mews does not know them or refuses their messages, each with the time
 * from which it is to be read once that is over; in milliseconds since 1970.
 */
export interface UnreadableThreads {
  has(threadId: string): boolean
  /** The earliest time from which one of these is to be read. */
  since(threadIds: readonly string[]): number
  add(threadIds: Iterable<readonly [threadId: string, since: number]>): void
  remove(threadIds: readonly string[]): void
  /** Records what has changed. */
  keep(): Promise<void>
}

/** A property's, as they are recorded. */
export const readUnreadableThreads = async (marks: Marks, property: string): Promise<UnreadableThreads> => {
  const name = `aside:${property}`
  const threads = read(await marks.get(name))
  let changed = false
  return {
    has: (id) => threads.has(id),
    since: (ids) => Math.min(...ids.map((id) => threads.get(id) ?? Infinity)),
    add: (added) => {
      for (const [id, since] of added) {
        threads.set(id, since)
        changed = true
      }
    },
    remove: (ids) => {
      for (const id of ids) changed = threads.delete(id) || changed
    },
    keep: async () => {
      if (changed) await marks.set(name, format(threads))
      changed = false
    },
  }
}

const read = (mark: string | undefined): Map<string, number> => {
  const bySince: Readonly<Record<string, readonly string[]>> = JSON.parse(mark || '{}')
  return new Map(Object.entries(bySince).flatMap(([since, ids]) => ids.map((id) => [id, Number(since)])))
}

interface From {
  readonly start: number
  readonly whole: boolean
  readonly again: boolean
}

const format = (threads: ReadonlyMap<string, number>): string => {
  const bySince: Record<string, string[]> = {}
  for (const [id, since] of threads) (bySince[String(since)] ??= []).push(id)
  return JSON.stringify(bySince)
}
