import { type Fields, readCount, readFields, readList } from '../../../src/util/json.ts'
import { type Booking, type Message, readBooking, readMessage, readThread, type Thread } from '../wire.ts'
import { type ApiRequest, type Request, unreadable } from './request.ts'

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
  /** Resolves when Channex has accepted it; Channex reports no delivery. */
  sendToThread(threadId: string, text: string, signal: AbortSignal): Promise<Message>
  closeThread(threadId: string, signal: AbortSignal): Promise<void>
  /** Marks that no reply is needed, for Booking.com's reply score; other sites have none. */
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

/** The largest page; by default Channex gives ten rows. */
const pageSize = 100

/** A list, page by page; a reader may stop when it has enough. */
export type Pages<T> = AsyncIterable<readonly T[]>

/** What to list. */
export interface ListQuery<T> {
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** Undefined for what cannot be read: it is left out. */
  readonly read: (fields: Fields) => T | undefined
}

/** Reads a list to its end. Pages shift while rows arrive, so that rows come twice: each is given once, by its id. */
export const readPages = async function* <T extends { readonly id: string }>(
  request: Request,
  { path, query, read }: ListQuery<T>,
  signal: AbortSignal,
): AsyncGenerator<readonly T[]> {
  const seen = new Set<string>()
  for (let page = 1; ; page += 1) {
    const paging = { 'pagination[page]': String(page), 'pagination[limit]': String(pageSize) }
    const answer = await request({ method: 'GET', path, query: { ...query, ...paging } }, signal)
    if (!Array.isArray(answer?.['data'])) throw unreadable(path)
    const rows = readList(answer['data'])
    const fresh = rows
      .map((row) => read(readFields(row) ?? {}))
      .filter((row) => row !== undefined)
      .filter(({ id }) => !seen.has(id) && seen.add(id))
    if (fresh.length === 0) return
    yield fresh
    if (isLast(page, rows.length, readFields(answer['meta']))) return
  }
}

/** All rows of a list. */
export const collect = async <T>(pages: Pages<T>): Promise<readonly T[]> => {
  const rows: T[] = []
  for await (const page of pages) rows.push(...page)
  return rows
}

/** Which threads to list. */
interface ThreadQuery {
  readonly propertyId?: string | undefined
}

const toThreadPath = (threadId: string): string => `message_threads/${encodeURIComponent(threadId)}`

const isLast = (page: number, rows: number, meta: Fields | undefined): boolean => {
  const size = readCount(meta?.['limit']) ?? pageSize
  const total = readCount(meta?.['total'])
  return total === undefined ? rows < size : page * size >= total
}
