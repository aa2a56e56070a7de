import { MewsError } from '../../mews/error.ts'
import type { MewsThread } from '../../mews/wire.ts'
import type { RelayContext } from '../context.ts'
import { intervalSince } from '../property/list.ts'
import type { HotelConnection } from '../property/hotel.ts'
import { referencesIn } from '../ids.ts'
import { inMewsTime } from './restored.ts'
import { createCallProperty, isItemRefusal } from '../property/call.ts'

/** A property's threads that were opened while the records were made that are lost: Mews has them, the database does not. */
export interface LostThreads {
  /** Records the newest one of a conversation, if there is one, once something is done `beforehand`; resolves with it. Asks Mews once. */
  claim(
    conversation: string,
    signal: AbortSignal,
    beforehand?: (thread: MewsThread) => Promise<unknown>,
  ): Promise<MewsThread | undefined>
  /** Whether there is one of a conversation. */
  has(conversation: string, signal: AbortSignal): Promise<boolean>
  /** The threads that no conversation has claimed so far. */
  left(signal: AbortSignal): Promise<readonly MewsThread[]>
}

/** More threads than this a conversation hardly ever has. */
const mostReferences = 64

/** Requests to Mews name so many threads. */
const threadsAtOnce = 1_000

export const createLostThreads = (context: RelayContext, hotel: HotelConnection): LostThreads => {
  const { store, references, log } = context
  const { key, mews } = hotel
  const listLost = createListLost(context, hotel)
  let loading: Promise<Lost> | undefined

  const load = async (signal: AbortSignal): Promise<Lost> => {
    const threads = await withoutKnown(await listLost(signal), context)
    if (threads.length > 0)
      log.info({ property: key, threads: threads.length }, 'threads were opened since the backup')
    return {
      all: new Map(threads.map((thread) => [thread.id, thread])),
      byWord: new Map(threads.flatMap((thread) => referencesIn(thread).map((word) => [word, thread]))),
    }
  }

  const loaded = (signal: AbortSignal): Promise<Lost> =>
    (loading ??= load(signal).catch((error: unknown) => {
      loading = undefined
      throw error
    }))

  const find = async (conversation: string, signal: AbortSignal) => {
    const { all, byWord } = await loaded(signal)
    if (all.size === 0) return undefined
    const own = await references.of(key, conversation, mostReferences)
    const reference = own.findLast((each) => all.has(byWord.get(each)?.id ?? '')) ?? ''
    const thread = byWord.get(reference)
    return thread === undefined ? undefined : { reference, thread }
  }

  return {
    claim: async (conversation, signal, beforehand) => {
      const found = await find(conversation, signal)
      if (found === undefined) return undefined
      const { reference, thread } = found
      await beforehand?.(thread)
      const { id, subject, originalSender: sender, createdAt: startedAt } = thread
      await store.threads.intend({ conversation, property: key, reference, subject, sender, startedAt })
      await store.threads.opened({ conversation, reference }, id, mews.clock.now())
      const { all } = await loaded(signal)
      all.delete(id)
      log.info({ conversation, threadId: id, property: key }, 'thread found again')
      return thread
    },
    has: async (conversation, signal) => (await find(conversation, signal)) !== undefined,
    left: async (signal) => withoutKnown([...(await loaded(signal)).all.values()], context),
  }
}

/** The listed threads, by id and by each word of their subjects that may be a reference. */
interface Lost {
  readonly all: Map<string, MewsThread>
  readonly byWord: ReadonlyMap<string, MewsThread>
}

const withoutKnown = async (
  threads: readonly MewsThread[],
  { store }: RelayContext,
): Promise<readonly MewsThread[]> => {
  const known = new Set<string | null>()
  for (let at = 0; at < threads.length; at += threadsAtOnce) {
    const rows = await store.threads.byId(threads.slice(at, at + threadsAtOnce).map(({ id }) => id))
    for (const { threadId } of rows) known.add(threadId)
  }
  return threads.filter(({ id }) => !known.has(id))
}

/** Lists all that were opened in that time; none where no backup was put back, or every conversation has rested for too long since. */
const createListLost = (context: RelayContext, hotel: HotelConnection) => {
  const { restored, times, clock, log } = context
  const { key, mews } = hotel
  const callProperty = createCallProperty(context, hotel)
  return async (signal: AbortSignal): Promise<readonly MewsThread[]> => {
    const span = await restored.span()
    const lost = inMewsTime(span)
    const isSettled = span?.certain === true
    if (span === undefined || lost === undefined) return []
    await mews.clock.learn(signal)
    if (isSettled && mews.clock.now() > span.until + times.idleMs) return []
    // Until then a thread may still appear that was being opened when the other process ended.
    const sinceThen = isSettled ? mews.clock.now() - span.until : 0
    await clock.sleep(Math.min(times.confirmMs - sinceThen, times.confirmMs), signal)
    const call = { operation: 'messageThreads/getAll', since: Infinity, signal }
    for (;;) {
      signal.throwIfAborted()
      await mews.clock.learn(signal)
      const isKnown = mews.clock.skewMs() !== undefined
      const { start: createdFrom, end: now } = intervalSince(lost.since, mews.clock)
      const createdTo = isSettled ? Math.min(now, span.until + times.confirmMs) : now
      try {
        const listed = await callProperty(call, () =>
          mews.listThreads({ createdFrom, createdTo }, signal, 'thread'),
        )
        // The answer itself may have shown the clock: then it was asked about the wrong time.
        const isRightTime = isKnown || mews.clock.skewMs() === undefined
        if (typeof listed !== 'string' && isRightTime) return listed.answer
      } catch (error) {
        if (!(error instanceof MewsError) || !isItemRefusal(error)) throw error
        log.error({ property: key, err: error }, 'Mews refuses to list the threads opened since the backup')
        return []
      }
    }
  }
}
