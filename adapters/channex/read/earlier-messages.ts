import { LRUCache } from 'lru-cache'
import { type Clock, type Inbox, type Log, PassingError } from '../../../src/port.ts'
import { failureCode } from '../../../src/util/failure.ts'
import { lookUpMs } from '../api/request.ts'
import type { ChannexClient } from '../api/client.ts'
import { ChannexError, isForGood } from '../api/error.ts'
import { abortAfter } from '../../../src/util/time-limit.ts'
import { readSince, toArrivals } from '../poll/thread-messages.ts'
import type { Kind } from './turn.ts'
import type { Message } from '../wire.ts'
import { firstLookMs, latenessMs, type Watermark } from '../poll/watermark.ts'

/** How long messages wait while their thread cannot be read, so that they do not overtake earlier ones. */
const holdMs = 60_000

/** A failure after this counts as a new one, with a minute of its own. */
const sameTroubleMs = 10 * 60_000

const maxThreads = 10_000

/** Messages that wait together are read within moments: one look into their thread is enough for all of them. */
const sameMomentMs = 5_000

const maxLooks = 1_000

/**
 * Records what was written in the thread before a message and is not recorded yet; gives its keys. Rejects with `PassingError` while that
 * cannot be had; after a minute of that the message goes alone, and what was before it is found later. Rejects with the store's error.
 */
export type FindEarlierMessages = (event: Kind<'message'>, signal: AbortSignal) => Promise<readonly string[]>

/** What `createFindEarlierMessages` needs. */
export interface EarlierMessagesOptions {
  readonly client: Pick<ChannexClient, 'threadMessages'>
  readonly inbox: Inbox
  readonly watermark: Watermark
  readonly clock: Clock
  readonly log: Log
}

/** Webhooks are lost and come in any order; the thread has everything in order. */
export const createFindEarlierMessages = (options: EarlierMessagesOptions): FindEarlierMessages => {
  const { client, inbox, watermark, clock, log } = options
  const failing = new LRUCache<string, number>({
    max: maxThreads,
    ttl: sameTroubleMs,
    ttlResolution: 0,
    perf: clock,
  })

  /** Since when the thread could not be read. The message's own age does not count, because we may have been away. */
  const failingSince = (threadId: string): number => {
    const since = failing.get(threadId) ?? clock.monotonic()
    failing.set(threadId, since)
    return since
  }

  const looks = new LRUCache<string, Look>({
    max: maxLooks,
    ttl: sameMomentMs,
    ttlResolution: 0,
    perf: clock,
  })

  /** A look in which the message stands has everything before it. */
  const look = async (
    threadId: string,
    messageId: string,
    from: number,
    signal: AbortSignal,
  ): Promise<Look> => {
    const known = looks.get(threadId)
    if (known !== undefined && known.from <= from && known.messages.some(({ id }) => id === messageId))
      return known
    const messages = await readSince(client, threadId, from, signal)
    failing.delete(threadId)
    const made = { from, messages, recorded: 0 }
    looks.set(threadId, made)
    return made
  }

  return async ({ conversation, propertyId, at, message: { id } }, signal) => {
    if (at === undefined) return []
    const begun = (await watermark.get())?.begun ?? clock.now() - firstLookMs
    const from = Math.max(begun, at - latenessMs)
    const read = (late: AbortSignal) => look(conversation, id, from, late)
    const found = await abortAfter({ clock, signal, ms: lookUpMs }, read).catch((error: unknown) => {
      if (mayPass(error) && (signal.aborted || clock.monotonic() - failingSince(conversation) < holdMs))
        throw new PassingError('What was written before could not be looked for.', { cause: error })
      const code = failureCode(error)
      log.warn({ platform: 'channex', conversation, code }, 'earlier messages could not be looked for')
      return undefined
    })
    if (found === undefined) return []
    const earlier = found.messages.filter((message) => (message.at ?? at) < at)
    const arrivals = toArrivals(earlier, { id: conversation, propertyId }, clock.now())
    if (arrivals.length > 0 && earlier.length > found.recorded) await inbox.acceptFound(arrivals)
    found.recorded = Math.max(found.recorded, earlier.length)
    return arrivals.flatMap(({ keys }) => keys)
  }
}

/** What stood in a thread a moment ago, from `from` on, in order. */
interface Look {
  readonly from: number
  readonly messages: readonly Message[]
  /** How many of them are recorded, from the first on. */
  recorded: number
}

const mayPass = (error: unknown): boolean => !(error instanceof ChannexError && isForGood(error))
