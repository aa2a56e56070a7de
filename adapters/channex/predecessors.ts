import type { Clock, Inbox, Log } from '../../src/port.ts'
import { failureCode } from '../../src/util/failure.ts'
import type { ChannexClient } from './client.ts'
import { withPatience } from './patience.ts'
import { readSince, toArrivals } from './thread-messages.ts'
import type { Kind } from './turn.ts'
import { firstLookMs, latenessMs, type Watermark } from './watermark.ts'

/**
 * Records what was written in the thread before a message and is not recorded yet. What cannot be had in time is found
 * later, and nothing waits for it. Rejects with the store's error.
 */
export type FindPredecessors = (event: Kind<'message'>, signal: AbortSignal) => Promise<void>

/** What `createFindPredecessors` needs. */
export interface PredecessorsOptions {
  readonly client: Pick<ChannexClient, 'threadMessages'>
  readonly inbox: Inbox
  readonly watermark: Watermark
  readonly clock: Clock
  readonly log: Log
}

/** Webhooks are lost and come in any order; the thread has everything in order. */
export const createFindPredecessors = (options: PredecessorsOptions): FindPredecessors => {
  const { client, inbox, watermark, clock, log } = options
  return async ({ conversation, propertyId, at }, signal) => {
    if (at === undefined) return
    const begun = (await watermark.get())?.begun ?? clock.now() - firstLookMs
    const from = Math.max(begun, at - latenessMs)
    const read = (late: AbortSignal) => readSince(client, conversation, from, late)
    const messages = await withPatience(clock, signal, read).catch((error: unknown) => {
      const code = failureCode(error)
      log.warn({ platform: 'channex', conversation, code }, 'earlier messages could not be looked for')
      return []
    })
    const earlier = messages.filter((message) => (message.at ?? at) < at)
    if (earlier.length > 0)
      await inbox.accept(toArrivals(earlier, { id: conversation, propertyId }, clock.now()))
  }
}
