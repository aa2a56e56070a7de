import type { MewsMessage } from '../../mews/wire.ts'
import type { OpenedThread, Store } from '../../store/types.ts'
import type { RelayContext } from '../context.ts'
import { intervalSince } from '../property/list.ts'
import type { HotelConnection } from '../property/hotel.ts'
import { replyEntry } from '../entries/reply.ts'
import { createThreadReader } from './thread-reader.ts'

/** Records what the hotel wrote since the last sync; resolves with the ids of all messages seen, once the replies among them are recorded. */
export type Sync = (scope: SyncScope, signal: AbortSignal) => Promise<ReadonlySet<string>>

/** Two syncs overlap by this much, so that a message that becomes visible late is not missed. */
const overlapMs = 15 * 60_000

/** The first sync of a new installation goes back this far. */
const firstSyncMs = 24 * 60 * 60_000

/** A watermark that is later than now by more was set by a wrong clock, and tells nothing. */
const aheadMs = 60_000

export const createSync = (
  context: RelayContext,
  hotel: HotelConnection,
  /** Gets the messages that a sync of everything reads. */
  onRead: (messages: readonly MewsMessage[]) => Promise<void> = async () => {},
): Sync => {
  const { store, times } = context
  const { key, mews } = hotel
  const pages = createPages(context, key)
  const record = createRecord(context, hotel)
  return async (scope, signal) => {
    const { everything = false, wide = false } = scope
    const named = scope.conversations !== undefined || scope.threadIds !== undefined
    await mews.clock.learn(signal)
    const now = mews.clock.now()
    const [active, all] = [`synced:${key}:active`, `synced:${key}:all`]
    const last = lastSync(await store.marks.get(everything ? all : active), now) - overlapMs
    const { start } = intervalSince(wide ? Math.min(last, now - firstSyncMs) : last, mews.clock)
    const again = everything || named
    const reader = await createThreadReader(context, hotel, signal)
    const seen = new Set<string>()
    for await (const conversations of pages(scope, now - times.idleMs)) {
      if (conversations.size === 0) continue
      const messages = await reader.read([...conversations.keys()], {
        start,
        again,
        whole: named,
      })
      await record(messages, conversations)
      if (everything) await onRead(messages)
      await reader.keep()
      for (const { id } of messages) seen.add(id)
    }
    await reader.end()
    if (!named) await store.marks.set(active, String(now))
    if (everything) await store.marks.set(all, String(now))
    return seen
  }
}

/** The most that one request to Mews may name. */
export const threadsAtOnce = 1_000

/** A property's opened threads that were active since then, page by page; a thread that becomes active meanwhile may come twice. */
export async function* activeThreads(
  { threads }: Store,
  property: string,
  since: number,
): AsyncGenerator<readonly OpenedThread[]> {
  let after: OpenedThread | undefined
  for (;;) {
    const page = await threads.active({ property, since, limit: threadsAtOnce, after })
    if (page.length > 0) yield page
    if (page.length < threadsAtOnce) return
    after = page.at(-1)
  }
}

/** The threads to read. */
interface SyncScope {
  /** Only these threads, whole, which are bound to nothing yet. */
  readonly conversations?: Conversations
  /** Only these threads, where an announcement names them. */
  readonly threadIds?: readonly string[]
  /** Also threads that were silent for longer than a conversation's idle time. */
  readonly everything?: boolean
  /** Something that was announced was not found: it may be older than it should be. */
  readonly wide?: boolean
}

/** Conversations by the thread that they are bound to. */
type Conversations = ReadonlyMap<string, string>

/** When the last sync was, as far as its watermark tells. */
const lastSync = (mark: string | undefined, now: number): number => {
  const last = Number(mark ?? NaN)
  return last <= now + aheadMs ? last : now - firstSyncMs
}

/** Gives the conversations to read, page by page. */
const createPages = (context: RelayContext, property: string) =>
  async function* pages(
    { conversations, threadIds, everything = false }: SyncScope,
    idleSince: number,
  ): AsyncGenerator<Conversations> {
    if (conversations !== undefined) {
      yield conversations
      return
    }
    if (threadIds !== undefined) {
      yield await hinted(threadIds, context)
      return
    }
    for await (const threads of activeThreads(context.store, property, everything ? 0 : idleSince))
      yield new Map(threads.map(({ threadId, conversation }) => [threadId, conversation]))
  }

/** The conversations of the threads that are ours. */
const hinted = async (threadIds: readonly string[], { bindings }: RelayContext): Promise<Conversations> => {
  const found = await Promise.all(
    threadIds.map(async (id) => [id, await bindings.conversationOf(id)] as const),
  )
  return new Map(
    found.flatMap(([id, conversation]) => (conversation === undefined ? [] : [[id, conversation]])),
  )
}

/** Records the staff's messages in the order they were written; a message that is known already changes nothing. */
const createRecord =
  ({ store, clock, log }: RelayContext, { key: property, mews }: HotelConnection) =>
  async (messages: readonly MewsMessage[], conversations: Conversations): Promise<void> => {
    const now = clock.now()
    const replies = messages.flatMap((message) => {
      const conversation = message.sender === 'Enterprise' ? conversations.get(message.threadId) : undefined
      return conversation === undefined
        ? []
        : [{ message, entry: replyEntry(conversation, message, property, now) }]
    })
    if (replies.length === 0) return
    const fresh = await store.log.append(replies.map(({ entry }) => entry))
    const recorded = replies.filter((_, index) => fresh[index])
    if (recorded.length === 0) return
    for (const { message, entry } of recorded) {
      const { id: messageId, threadId } = message
      log.debug({ property, messageId, threadId, lane: entry.lane }, 'reply recorded')
    }
    const threadIds = [...new Set(recorded.map(({ message }) => message.threadId))]
    await store.threads.touch(threadIds, mews.clock.now())
  }
