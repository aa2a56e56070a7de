import { randomUUID } from 'node:crypto'
import {
  toBookingJson,
  toMessageJson,
  toThreadJson,
  type BookMessage,
  type BookThread,
  type ChannexBook,
} from './book.ts'
import type { FakeAnswer, FakeRequest } from '../server.ts'

/** A refusal in Channex's form: one object, not a list. */
export const toRefusal = (status: number, code: string, title: string, details?: unknown): FakeAnswer => ({
  status,
  body: { errors: { code, title, ...(details === undefined ? {} : { details }) } },
})

export interface ApiState {
  readonly apiKey: string
  readonly book: ChannexBook
  /** Webhooks by id, as they were written. */
  readonly webhooks: Map<string, Readonly<Record<string, unknown>>>
  /** Uploaded files by id. */
  readonly attachments: Map<string, { readonly file_name: string }>
  /** Properties with the Messages application. */
  readonly installed: Set<string>
  /** Answers to sends into these threads. */
  readonly refused: ReadonlyMap<string, FakeAnswer>
  /** Calls a webhook that is tried out, and gives the status; 0 where nothing answers. */
  readonly probe: (url: string, headers: Readonly<Record<string, string>>) => Promise<number>
  /** The hotel has sent something. */
  readonly sent: (thread: BookThread, message: BookMessage) => void
}

type Body = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>

const noThread = toRefusal(404, 'resource_not_found', 'Resource Not Found')
const noBooking = toRefusal(404, 'not_found', 'Not Found')
const notInstalled = toRefusal(403, 'forbidden', 'Forbidden')
const blank = toRefusal(422, 'validation_error', 'Validation Error', { message: ["can't be blank"] })

const wrongMask = toRefusal(422, 'validation_error', 'Validation Error', { event_mask: ['is invalid'] })

const success = (data: unknown, status = 200): FakeAnswer => ({ status, body: { data } })

/** Ten rows unless it is asked in exactly these names; every other name is ignored. */
const toPage = (rows: readonly unknown[], query: URLSearchParams): FakeAnswer => {
  const page = Math.max(Number(query.get('pagination[page]') ?? 1), 1)
  const limit = Math.min(Number(query.get('pagination[limit]') ?? 10), 100)
  const data = rows.slice((page - 1) * limit, page * limit)
  return { status: 200, body: { data, meta: { page, limit, total: rows.length, order_by: 'inserted_at' } } }
}

/** Newest first; what was written at one time in reverse order. */
const listMessages = (thread: BookThread, query: URLSearchParams): FakeAnswer => {
  const rows = thread.messages.toReversed().toSorted((one, other) => other.at - one.at)
  return toPage(
    rows.map((message) => toMessageJson(thread, message)),
    query,
  )
}

/** Sending reopens a closed thread; beside a text an attachment is ignored. */
const send = (thread: BookThread, body: Body, { book, attachments, refused, sent }: ApiState): FakeAnswer => {
  const refusal = refused.get(thread.id)
  if (refusal !== undefined) return refusal
  const { message: text, attachment_id: attachmentId } = body['message'] ?? {}
  const file = attachments.get(String(attachmentId))
  const hasText = typeof text === 'string' && text.trim() !== ''
  if (!hasText && file === undefined) return blank
  const said = hasText
    ? { text }
    : { text: null, attachments: [`attachments/${String(attachmentId)}/${file?.file_name}`] }
  const message = book.add(thread.id, { sender: 'property', ...said })
  sent(thread, message)
  return success(toMessageJson(thread, message))
}

const answerThreads = (
  { method, query }: FakeRequest,
  [, id = '', action]: readonly string[],
  body: Body,
  state: ApiState,
): FakeAnswer | undefined => {
  const { threads } = state.book
  if (id === '') {
    const property = query.get('filter[property_id]')
    const rows = [...threads.values()]
      .filter(({ propertyId }) => state.installed.has(propertyId) && propertyId === (property ?? propertyId))
      .toSorted((one, other) => other.updatedAt - one.updatedAt)
    return state.installed.size === 0 ? notInstalled : toPage(rows.map(toThreadJson), query)
  }
  const thread = threads.get(id)
  if (thread === undefined) return noThread
  if (!state.installed.has(thread.propertyId)) return notInstalled
  if (method === 'GET')
    return action === 'messages' ? listMessages(thread, query) : success(toThreadJson(thread))
  if (action === 'messages') return send(thread, body, state)
  if (action === 'close') {
    thread.closed = true
    return success(toThreadJson(thread))
  }
  if (action === 'no_reply_needed' && thread.provider === 'BookingCom') {
    thread.awaitsReply = false
    return { status: 200, body: '' }
  }
  return undefined
}

const answerBookings = (
  { method, query }: FakeRequest,
  [, id = '', action]: readonly string[],
  body: Body,
  state: ApiState,
): FakeAnswer | undefined => {
  const booking = state.book.bookings.get(id)
  if (booking === undefined) return noBooking
  const thread = [...state.book.threads.values()].find(({ bookingId }) => bookingId === id)
  if (action === undefined) return success(toBookingJson(booking, thread))
  if (booking.affiliate || thread === undefined)
    return toRefusal(422, 'not_supported', 'Messages are not supported for this booking')
  return method === 'GET' ? listMessages(thread, query) : send(thread, body, state)
}

const toWebhookJson = ([id, attributes]: readonly [string, unknown]) => ({ id, type: 'webhook', attributes })

/** What an event mask may name; anything else is refused. */
const knownEvents: ReadonlySet<string> = new Set(
  `ari booking booking_new booking_modification booking_cancellation booking_unmapped_room booking_unmapped_rate non_acked_booking
   message message_thread_booking_assigned sync_error sync_warning rate_error reservation_request alteration_request
   accepted_reservation declined_reservation inquiry review updated_review new_channel updated_channel disconnect_channel
   disconnect_listing activate_channel deactivate_channel channel_removal_warning property_removal_warning`.split(
    /\s+/,
  ),
)

const knowsMask = (mask: unknown): boolean =>
  mask === '*' ||
  String(mask)
    .split(';')
    .every((name) => knownEvents.has(name))

const tryOut = async (
  { callback_url: url, headers }: Readonly<Record<string, unknown>>,
  probe: ApiState['probe'],
): Promise<FakeAnswer> => {
  const status = await probe(String(url), (headers ?? {}) as Readonly<Record<string, string>>)
  return { status: 200, body: { status_code: status, body: '' } }
}

const answerWebhooks = (
  { method, query }: FakeRequest,
  [, id = '']: readonly string[],
  body: Body,
  { webhooks, probe }: ApiState,
): FakeAnswer | Promise<FakeAnswer> => {
  if (method === 'GET') return toPage([...webhooks].map(toWebhookJson), query)
  if (id === 'test') return tryOut(body['webhook'] ?? {}, probe)
  if (method === 'PUT' && !webhooks.has(id)) return noThread
  if (!knowsMask(body['webhook']?.['event_mask'])) return wrongMask
  const webhookId = method === 'PUT' ? id : randomUUID()
  webhooks.set(webhookId, { is_active: false, send_data: false, ...body['webhook'] })
  return success(toWebhookJson([webhookId, webhooks.get(webhookId)]), method === 'PUT' ? 200 : 201)
}

const answerOthers = (
  { query }: FakeRequest,
  path: string,
  body: Body,
  { attachments, installed }: ApiState,
): FakeAnswer | undefined => {
  if (path === 'applications/installed')
    return toPage(
      [...installed].map((id) => ({
        id: `app-${id}`,
        type: 'application_installation',
        attributes: { application_code: 'channex_messages', property_id: id },
      })),
      query,
    )
  if (path !== 'attachments') return undefined
  const id = randomUUID()
  attachments.set(id, { file_name: String(body['attachment']?.['file_name']) })
  return success({ id, type: 'attachment' })
}

/** Channex's API, as far as messages need it. */
export const createChannexApi =
  (state: ApiState) =>
  async (request: FakeRequest): Promise<FakeAnswer> => {
    if (request.headers['user-api-key'] !== state.apiKey)
      return toRefusal(401, 'unauthorized', 'Unauthorized')
    const path = request.path.replace('/api/v1/', '')
    const parts = path.split('/').map(decodeURIComponent)
    const body = (request.body === '' ? {} : JSON.parse(request.body)) as Body
    const answers = { message_threads: answerThreads, bookings: answerBookings, webhooks: answerWebhooks }
    const answer = Object.hasOwn(answers, parts[0] ?? '')
      ? await answers[parts[0] as keyof typeof answers](request, parts, body, state)
      : answerOthers(request, path, body, state)
    return answer ?? toRefusal(404, 'not_found', 'Not Found')
  }
