import { PassingError, type Clock, type ConversationId, type Inbox } from '../../../src/port.ts'
import { toArrival } from '../receive/arrival.ts'
import type { ChannexClient } from '../api/client.ts'
import { ChannexError, isForGood } from '../api/error.ts'
import { toPlacedBody } from '../receive/event.ts'
import type { Fields } from '../../../src/util/json.ts'
import { toConversationId } from '../id.ts'
import type { Kind } from './turn.ts'

/**
 * Records a request without a conversation in the conversation of its booking; false where the booking has none. Rejects with
 * `PassingError` while that cannot be asked, and with the store's error.
 */
export type PlaceRequest = (event: Kind<'request'>, body: Fields, signal: AbortSignal) => Promise<boolean>

/** What `createPlaceRequest` needs. */
export interface PlaceRequestOptions {
  readonly client: Pick<ChannexClient, 'booking'>
  readonly inbox: Inbox
  readonly clock: Clock
}

export const createPlaceRequest = ({ client, inbox, clock }: PlaceRequestOptions): PlaceRequest => {
  return async (event, body, signal) => {
    const conversation = await findThread(event.bookingId, signal)
    if (conversation === undefined) return false
    const placed = { ...event, conversation, isAlone: false }
    await inbox.acceptFound([toArrival(placed, toPlacedBody(event, conversation, body), clock.now())])
    return true
  }

  async function findThread(
    bookingId: string | undefined,
    signal: AbortSignal,
  ): Promise<ConversationId | undefined> {
    if (bookingId === undefined) return undefined
    try {
      return toConversationId((await client.booking(bookingId, signal)).threadId ?? '')
    } catch (error) {
      if (error instanceof ChannexError && isForGood(error)) return undefined
      throw new PassingError('Channex did not tell which conversation a request belongs to', { cause: error })
    }
  }
}
