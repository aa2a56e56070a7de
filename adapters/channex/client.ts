import { ChannexError } from './error.ts'
import { readFields, readString, type Fields } from './fields.ts'
import { readPages, type Pages } from './pages.ts'
import { isBookingCom } from './provider.ts'
import { unreadable, type ApiRequest, type Request } from './request.ts'
import { readBooking, readMessage, readThread, type Booking, type Message, type Thread } from './wire.ts'

/** What a message says: Channex takes a text or a file, never both. */
type Content = { readonly text: string } | { readonly attachmentId: string }

/** A file to send. */
interface Upload {
  readonly name: string
  /** A media type: `image/jpeg`. */
  readonly type: string
  /** At most about 7 MB. */
  readonly data: Buffer
}

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
  sendToThread(threadId: string, content: Content, signal: AbortSignal): Promise<Message>
  closeThread(threadId: string, signal: AbortSignal): Promise<void>
  /** Booking.com's response time counts no longer; other sites have no such thing, and then nothing is asked. */
  noReplyNeeded(thread: Pick<Thread, 'id' | 'provider'>, signal: AbortSignal): Promise<void>
  /** Resolves with the attachment's id. */
  upload(file: Upload, signal: AbortSignal): Promise<string>
  booking(bookingId: string, signal: AbortSignal): Promise<Booking>
  bookingMessages(bookingId: string, signal: AbortSignal): Pages<Message>
  /** Also begins a conversation; afterwards use its thread. */
  sendToBooking(bookingId: string, content: Content, signal: AbortSignal): Promise<Message>
}

const toBody = (content: Content): Fields => ({
  message: 'text' in content ? { message: content.text } : { attachment_id: content.attachmentId },
})

const toUpload = ({ name, type, data }: Upload): Fields => ({
  attachment: { file: data.toString('base64'), file_name: name, file_type: type },
})

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
const toBookingPath = (bookingId: string): string => `bookings/${encodeURIComponent(bookingId)}`

/** The Messages Collection, typed. */
export const createChannexClient = (request: Request): ChannexClient => {
  const get = <T>(path: string, read: (fields: Fields) => T | undefined, signal: AbortSignal): Promise<T> =>
    fetchOne(request, { method: 'GET', path }, read, signal)
  const listMessages = (path: string, signal: AbortSignal): Pages<Message> =>
    readPages(request, { path: `${path}/messages`, read: readMessage }, signal)
  const send = (path: string, content: Content, signal: AbortSignal): Promise<Message> => {
    const asked = { method: 'POST', path: `${path}/messages`, body: toBody(content) } as const
    return fetchOne(request, asked, readMessage, signal)
  }

  return {
    threads: ({ propertyId }, signal) => {
      const query = propertyId === undefined ? {} : { 'filter[property_id]': propertyId }
      return readPages(request, { path: 'message_threads', query, read: readThread }, signal)
    },
    thread: (threadId, signal) => get(toThreadPath(threadId), readThread, signal),
    threadMessages: (threadId, signal) => listMessages(toThreadPath(threadId), signal),
    sendToThread: (threadId, content, signal) => send(toThreadPath(threadId), content, signal),
    closeThread: async (threadId, signal) => {
      await request({ method: 'POST', path: `${toThreadPath(threadId)}/close` }, signal)
    },
    noReplyNeeded: async ({ id, provider }, signal) => {
      if (!isBookingCom(provider))
        throw new ChannexError('not supported', 'only Booking.com can be told that no reply is needed')
      await request({ method: 'POST', path: `${toThreadPath(id)}/no_reply_needed` }, signal)
    },
    upload: (file, signal) => {
      const asked = { method: 'POST', path: 'attachments', body: toUpload(file) } as const
      return fetchOne(request, asked, ({ id }) => readString(id), signal)
    },
    booking: (bookingId, signal) => get(toBookingPath(bookingId), readBooking, signal),
    bookingMessages: (bookingId, signal) => listMessages(toBookingPath(bookingId), signal),
    sendToBooking: (bookingId, content, signal) => send(toBookingPath(bookingId), content, signal),
  }
}
