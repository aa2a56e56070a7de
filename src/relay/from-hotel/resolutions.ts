import type { Adapter } from '../../port.ts'
import type { OpenedThread } from '../../store/types.ts'
import type { MewsThread } from '../../mews/wire.ts'
import type { Entry, WaitChange } from '../../store/lanes/types.ts'
import { activeThreads, threadsAtOnce } from './sync.ts'
import type { RelayContext } from '../context.ts'
import type { HotelConnection } from '../property/hotel.ts'
import { platformOf, replyGroup, replyLane } from '../ids.ts'
import { createHotelReader } from '../property/list.ts'
import { readUnreadableThreads } from './thread-reader.ts'

/** Tells platforms of what the staff resolve, where they are to be told. */
export interface Resolutions {
  /** Asks for the property's active threads; where no platform is to be told, nothing is asked. Rejects with `MewsError`. */
  find(signal: AbortSignal): Promise<readonly Change[]>
  /** Records each resolution once, behind the replies that are recorded by then. */
  record(changes: readonly Change[]): Promise<void>
}

/** Carries resolutions as an adapter carries replies. Closing twice does no harm, so that nothing has to be looked up. */
export const toCloser = (adapter: Adapter): Adapter => ({
  ...adapter,
  split: (text) => [text],
  mayBegin: async () => 0,
  send: async ({ address }, signal) => (await adapter.resolved?.(address, signal)) ?? { outcome: 'sent' },
  confirm: async () => ({ outcome: 'absent' }),
})

export const createResolutions = (context: RelayContext, { key, mews }: HotelConnection): Resolutions => {
  const { store, bindings, adapters, clock, times } = context
  const reader = createHotelReader(mews, store.threads)

  const toldOf = (conversation: string): Adapter | undefined => {
    const adapter = adapters.get(platformOf(conversation))
    return adapter?.resolved === undefined ? undefined : adapter
  }

  /** The changes in some threads, as far as Mews says whether they are resolved. */
  const changesIn = async (
    rows: readonly OpenedThread[],
    signal: AbortSignal,
  ): Promise<readonly Change[]> => {
    const ids = rows.map(({ threadId }) => threadId)
    const threads = await reader.listThreads(ids, { kind: 'sync', signal })
    const states = new Map(threads.map(({ id, resolved }) => [id, resolved]))
    return rows.flatMap((row) => {
      const resolved = states.get(row.threadId)
      const same = resolved === undefined || resolved === (row.changes % 2 === 1)
      return same ? [] : { row, resolved }
    })
  }

  return {
    find: async (signal) => {
      if (![...adapters.values()].some((adapter) => adapter.resolved !== undefined)) return []
      const changes: Change[] = []
      const unreadable = await readUnreadableThreads(store.marks, key)
      for await (const page of activeThreads(store, key, mews.clock.now() - times.idleMs)) {
        const rows = page.filter(
          ({ conversation, threadId }) => toldOf(conversation) !== undefined && !unreadable.has(threadId),
        )
        if (rows.length > 0) changes.push(...(await changesIn(rows, signal)))
      }
      return changes
    },
    record: async (changes) => {
      for (const change of changes) {
        const { row, resolved } = change
        const { threadId } = row
        const adapter = toldOf(row.conversation)
        const current = (await bindings.find(row.conversation))?.threadId === threadId
        if (resolved && current && adapter !== undefined)
          await store.log.append([resolutionEntry(change, adapter, clock.now())])
        await store.threads.changed(threadId, row.changes + 1)
      }
    },
  }
}

/** Ends the waits of guests whose threads the staff have resolved. Rejects with `MewsError`. */
export type EndResolved = (signal: AbortSignal) => Promise<void>

/** The most waits whose threads are asked about, the longest first. */
const mostAsked = 10_000

/**
 * A thread counts as resolved when Mews says that it was changed last or, where it was seen to be open after that, then: a guest's message
 * that reached Mews later is not answered by it.
 */
export const createEndResolved = (
  { store }: RelayContext,
  { key, mews }: Pick<HotelConnection, 'key' | 'mews'>,
): EndResolved => {
  const reader = createHotelReader(mews, store.threads)
  /** When threads in which guests wait were last seen to be open, by Mews's clock. */
  let openAt: ReadonlyMap<string, number> = new Map()

  return async (signal) => {
    const unreadable = await readUnreadableThreads(store.marks, key)
    const running = await store.waits.running({ property: key, limit: mostAsked })
    const waits = new Map(running.map((wait) => [wait.thread, wait]))
    const ids = [...waits.keys()].filter((id) => !unreadable.has(id))
    const askedAt = mews.clock.now()
    const threads: MewsThread[] = []
    for (let from = 0; from < ids.length; from += threadsAtOnce) {
      const some = ids.slice(from, from + threadsAtOnce)
      threads.push(...(await reader.listThreads(some, { kind: 'sync', signal })))
    }
    const changes = threads.flatMap(({ id: thread, resolved, updatedAt }): readonly WaitChange[] => {
      const wait = waits.get(thread)
      if (resolved !== true || wait === undefined) return []
      const { conversation, property } = wait
      const resolvedAt = Math.max(updatedAt, openAt.get(thread) ?? 0)
      return [{ thread, conversation, property, resolvedAt }]
    })
    openAt = new Map(
      threads.map(({ id, resolved }) => [id, resolved === false ? askedAt : (openAt.get(id) ?? 0)]),
    )
    await store.waits.resolved(changes)
  }
}

/** A thread that the staff have resolved, or opened again, since it was last seen. */
interface Change {
  readonly row: OpenedThread
  readonly resolved: boolean
}

/** A resolution's record in the lane of the replies; its text is for those who read the transcript. */
const resolutionEntry = ({ row }: Change, { label }: Adapter, at: number): Entry => ({
  lane: replyLane(row.conversation),
  group: replyGroup(platformOf(row.conversation)),
  kind: 'resolution',
  keys: [`resolved:${row.threadId}:${row.changes + 1}`],
  payload: JSON.stringify({
    v: 1,
    text: `Resolved by the hotel: to be closed on ${label} where that can be`,
  }),
  at,
})
