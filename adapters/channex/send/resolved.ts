import type { Adapter, Clock, Inbox, Log, Outcome } from '../../../src/port.ts'
import type { ChannexClient } from '../api/client.ts'
import { ChannexError, isForGood } from '../api/error.ts'
import { isRequestId, readAddress } from '../id.ts'
import type { OneByOne } from '../read/look-ups.ts'
import { toFailure } from '../api/error.ts'
import { isAirbnb, isBookingCom, type Message, type Thread } from '../wire.ts'
import { toArrivals } from '../poll/thread-messages.ts'
import { firstLookMs, latenessMs, type Watermark } from '../poll/watermark.ts'

/** What `createResolved` needs. */
export interface ResolvedOptions {
  readonly client: Pick<ChannexClient, 'thread' | 'threadMessages' | 'noReplyNeeded' | 'closeThread'>
  readonly inbox: Inbox
  readonly watermark: Watermark
  readonly oneByOne: OneByOne
  readonly clock: Clock
  readonly log: Log
}

/**
 * Closes a thread that the staff resolved. Booking.com counts a guest's last message against the hotel's reply score until it is
 * answered or marked as needing no reply, so it is marked first. Airbnb's conversations cannot be closed; Channex opens a closed one
 * with the next message. Nothing is done where the guest wrote something that the hotel does not have yet: it is recorded instead.
 */
export const createResolved = (options: ResolvedOptions): NonNullable<Adapter['resolved']> => {
  const { client, inbox, watermark, oneByOne, clock, log } = options

  return async (address, signal) => {
    const threadId = readAddress(address)
    if (threadId === undefined) return { outcome: 'rejected', reason: 'the stored address cannot be read' }
    if (isRequestId(threadId)) return { outcome: 'sent' }
    try {
      return await oneByOne(threadId, () => finish(threadId, signal))
    } catch (error) {
      return toFailure(error)
    }
  }

  async function finish(threadId: string, signal: AbortSignal): Promise<Outcome> {
    const thread = await client.thread(threadId, signal)
    if (isAirbnb(thread.provider)) return { outcome: 'sent' }
    const unanswered = await readUnanswered(threadId, signal)
    if (await recordUnknown(unanswered, thread)) {
      log.info({ platform: 'channex', conversation: threadId }, 'stays open: the guest has written since')
      return { outcome: 'sent' }
    }
    const refusal =
      unanswered.length > 0 && isBookingCom(thread.provider) ? await mark(thread, signal) : undefined
    await client.closeThread(threadId, signal)
    return refusal ?? { outcome: 'sent' }
  }

  /** What guests wrote since the hotel last did, the oldest first; as far as the newest page goes. */
  async function readUnanswered(threadId: string, signal: AbortSignal): Promise<readonly Message[]> {
    for await (const page of client.threadMessages(threadId, signal)) {
      const answer = page.findIndex(({ sender }) => sender === 'property')
      const since = answer === -1 ? page : page.slice(0, answer)
      return since.filter(({ sender }) => sender === 'guest').toReversed()
    }
    return []
  }

  /** Whether one of these had not come by webhook or by looking. */
  async function recordUnknown(messages: readonly Message[], thread: Thread): Promise<boolean> {
    const now = clock.now()
    const begun = (await watermark.get())?.begun ?? now - firstLookMs
    const recent = messages.filter(({ at = now }) => at >= Math.max(begun, now - latenessMs))
    const arrivals = toArrivals(recent, thread, now)
    return arrivals.length > 0 && (await inbox.acceptFound(arrivals)) > 0
  }

  /** A permanent reason why it cannot be marked; the thread is closed all the same. */
  async function mark(thread: Thread, signal: AbortSignal): Promise<Outcome | undefined> {
    try {
      await client.noReplyNeeded(thread.id, signal)
      return undefined
    } catch (error) {
      if (!(error instanceof ChannexError) || !isForGood(error)) throw error
      const reason = `it was closed, but not marked as needing no reply, which counts against the reply score: ${error.message}`
      return { outcome: 'rejected', reason }
    }
  }
}
