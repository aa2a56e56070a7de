import type { Adapter, Outcome } from '../../../src/port.ts'
import type { ChannexClient } from '../api/client.ts'
import { cleanText, isBlank } from '../../../src/util/text.ts'
import { hasLink, withoutQuote } from '../read/format.ts'
import type { Guests } from '../read/guests.ts'
import { isRequestId, readAddress } from '../id.ts'
import type { OneByOne } from '../read/look-ups.ts'
import { toFailure, type Failure } from '../api/error.ts'
import { isBookingCom } from '../wire.ts'

/** What `createSend` needs. */
export interface SendOptions {
  readonly client: Pick<ChannexClient, 'sendToThread'>
  readonly guests: Guests
  readonly oneByOne: OneByOne
}

const linkNote =
  'Booking.com often refuses texts with links that are not approved in the Extranet (Property, Messaging preferences)'

const noConversation =
  'Airbnb has no conversation for this request yet: accept or decline it on Airbnb, and write to the guest there'

/** Sends one part as plain text with one request that posts; one at a time in each thread. */
export const createSend = (options: SendOptions): Adapter['send'] => {
  const { client, guests, oneByOne } = options

  /** The reason without the text itself, which a refusal may quote, and with what staff should know of links. */
  const explain = async (
    failure: Failure,
    text: string,
    threadId: string,
    signal: AbortSignal,
  ): Promise<Failure> => {
    if (failure.outcome !== 'rejected') return failure
    const reason = withoutQuote(failure.reason, text)
    const said = { ...failure, reason }
    if (!hasLink(text) || failure.kind !== undefined) return said
    const { provider } = await guests.find(threadId, undefined, signal)
    return isBookingCom(provider) ? { ...said, reason: `${reason}. ${linkNote}`, kind: 'links' } : said
  }

  const post = async (text: string, threadId: string, signal: AbortSignal): Promise<Outcome> => {
    if (signal.aborted) return { outcome: 'retry', reason: 'stopped before sending' }
    try {
      const { id } = await client.sendToThread(threadId, text, signal)
      return { outcome: 'sent', id }
    } catch (error) {
      return explain(toFailure(error), text, threadId, signal)
    }
  }

  return async (part, signal) => {
    const threadId = readAddress(part.address)
    if (threadId === undefined) return { outcome: 'rejected', reason: 'the stored address cannot be read' }
    if (isRequestId(threadId)) return { outcome: 'rejected', reason: noConversation, kind: 'request' }
    const text = cleanText(part.text).trim()
    if (isBlank(text)) return { outcome: 'rejected', reason: 'there was no text' }
    return oneByOne(threadId, () => post(text, threadId, signal))
  }
}
