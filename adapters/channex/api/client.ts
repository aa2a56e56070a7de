import { readFields, type Fields } from '../../../src/util/json.ts'
import { readPages, type Pages } from './pages.ts'
import { unreadable, type ApiRequest, type Request } from './request.ts'
import { readBooking, readMessage, readThread, type Booking, type Message, type Thread } from '../wire.ts'

/** Which threads to list. */
interface ThreadQuery {
  readonly propertyId?: string | undefined
}

/**
 * Channex's messages, one method for each of its operations. Each makes one request, a list one for each page, and
 * rejects with `ChannexError`.
 */
export interface ChannexClient {
  /** The most recently active first. */
  threads(query: ThreadQuery, signal: AbortSignal): Pages<Thread>
  thread(threadId: string, signal: AbortSignal): Promise<Thread>
  /** Newest first. */
  threadMessages(threadId: string, signal: AbortSignal): Pages<Message>
  /** Accepted is not yet delivered, and nothing tells of the delivery. */
  sendToThread(threadId: string, text: string, signal: AbortSignal): Promise<Message>
  closeThread(threadId: string, signal: AbortSignal): Promise<void>
  /** Booking.com's reply score waits for an answer no longer; other sites have no such thing. */
  noReplyNeeded(threadId: string, signal: AbortSignal): Promise<void>
  booking(bookingId: string, signal: AbortSignal): Promise<Booking>
}

/** Makes a request whose answer must be one entity. */
export const fetchOne = async <T>(
  request: Request,
  asked: ApiRequest,
  read: (fields: Fields) => T | undefined,
  signal: AbortSignal,
): Promise<T> => {
  const answer = await request(asked, signal)
  const entity = read(readFields(answer?.['data']) ?? {})
  if (entity === undefined) throw unreadable(asked.path)
  return entity
}

const toThreadPath = (threadId: string): string => `message_threads/${encodeURIComponent(threadId)}`
/** What the Messages Collection and bookings offer and we need, typed (https://docs.channex.io/api-v.1-documentation/messages-collection). */
export const createChannexClient = (request: Request): ChannexClient => {
  const get = <T>(path: string, read: (fields: Fields) => T | undefined, signal: AbortSignal): Promise<T> =>
    fetchOne(request, { method: 'GET', path }, read, signal)

  return {
    threads: ({ propertyId }, signal) => {
      const query = propertyId === undefined ? {} : { 'filter[property_id]': propertyId }
      return readPages(request, { path: 'message_threads', query, read: readThread }, signal)
    },
    thread: (threadId, signal) => get(toThreadPath(threadId), readThread, signal),
    threadMessages: (threadId, signal) =>
      readPages(request, { path: `${toThreadPath(threadId)}/messages`, read: readMessage }, signal),
    sendToThread: (threadId, text, signal) => {
      const path = `${toThreadPath(threadId)}/messages`
      const body = { message: { message: text } }
      return fetchOne(request, { method: 'POST', path, body }, readMessage, signal)
    },
    closeThread: async (threadId, signal) => {
      await request({ method: 'POST', path: `${toThreadPath(threadId)}/close` }, signal)
    },
    noReplyNeeded: async (threadId, signal) => {
      await request({ method: 'POST', path: `${toThreadPath(threadId)}/no_reply_needed` }, signal)
    },
    booking: (bookingId, signal) => get(`bookings/${encodeURIComponent(bookingId)}`, readBooking, signal),
  }
}
