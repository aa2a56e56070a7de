import type { MewsError } from '../../mews/error.ts'
import type { MewsMessage } from '../../mews/wire.ts'
import { intervalSince, type PropertyLink, type RelayContext } from '../context.ts'
import { type Listed, listMessages } from '../property/list.ts'
import { readSetAside } from './set-aside.ts'

interface From {
  readonly start: number
  readonly whole: boolean
  readonly again: boolean
}

/** One look through threads, which goes on past those whose messages cannot be read. */
export interface Look {
  /**
   * What was written in up to 1000 threads from `start` on, or ever where `whole`. Of those that are set aside nothing or, where
   * `again`, what was written since they were, if they can be read again.
   */
  read(threadIds: readonly string[], from: From): Promise<readonly MewsMessage[]>
  /** What was read is recorded: what was found out of threads may be, too. */
  keep(): Promise<void>
  /** Ends the look. Rejects with the refusal of which it is not clear whose it is: then not everything was looked at. */
  end(): Promise<void>
}

/** As many of them are named in the log. */
const mostNamed = 10

export const createLook = async (
  { store, log }: RelayContext,
  { key, mews }: PropertyLink,
  signal: AbortSignal,
): Promise<Look> => {
  const { end } = intervalSince(mews.clock.now(), mews.clock)
  const aside = await readSetAside(store.marks, key)
  const refused = new Map<string, number>()
  let answered = false
  let unclear = false
  let refusal: MewsError | undefined

  const list = async (threadIds: readonly string[], start: number | undefined): Promise<Listed> => {
    const threads = { mews, threads: store.threads }
    const interval = start === undefined ? {} : { start, end }
    const listed = await listMessages(threadIds, interval, threads, signal, 'sync')
    answered ||= listed.answered
    return listed
  }

  const setAside = (threads: ReadonlyMap<string, number>, why: string): void => {
    if (threads.size === 0) return
    aside.add(threads)
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
    setAside(new Map([...listed.unknown].map((id) => [id, start])), 'does not know')
    for (const id of listed.refused) refused.set(id, start)
    unclear ||= listed.unclear.size > 0
    return listed.messages
  }

  const readAgain = async (threadIds: readonly string[]): Promise<readonly MewsMessage[]> => {
    if (threadIds.length === 0) return []
    const listed = await list(threadIds, aside.since(threadIds))
    const still = new Set([...listed.unknown, ...listed.refused, ...listed.unclear])
    const back = threadIds.filter((id) => !still.has(id))
    aside.remove(back)
    if (back.length > 0) log.info({ property: key, threads: back.length }, 'threads can be read again')
    return listed.messages
  }

  return {
    read: async (threadIds, from) => {
      const fresh = threadIds.filter((id) => !aside.has(id))
      const old = from.again ? threadIds.filter((id) => aside.has(id)) : []
      return [...(await readAnew(fresh, from)), ...(await readAgain(old))]
    },
    keep: () => aside.keep(),
    end: async () => {
      if (answered) setAside(refused, 'refuses to read')
      await aside.keep()
      if (refusal !== undefined && (unclear || (!answered && refused.size > 0))) throw refusal
    },
  }
}
