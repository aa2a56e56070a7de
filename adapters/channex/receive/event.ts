import type { ConversationId } from '../../../src/port.ts'
import {
  readBookingRequest,
  statusOfLine,
  subjectOfLine,
  toRecordedPayload,
  type BookingRequest,
} from './booking-request.ts'
import { readFields, readString, type Fields } from '../../../src/util/json.ts'
import { toConversationId, toRequestId } from '../id.ts'
import { type Message, readMessage, readTime, type Thread } from '../wire.ts'

/**
 * What an event is to us; `why` is fit for logs.
 * - `message`: a guest's, a line of the booking site, or one whose sender is not told
 * - `request`: a guest asks for something that the hotel has to decide, or it was decided
 * - `booking`: a booking was found for the conversation
 * - `look`: something happened in a property, and the event does not say what; Channex has to be asked
 */
export type ChannexEvent =
  | (Place & {
      readonly kind: 'message'
      readonly message: Message
      readonly bookingId: string | undefined
      /** It was read in its thread, together with what was written before. */
      readonly found: boolean
    })
  | (Place &
      Omit<BookingRequest, 'threadId'> & {
        readonly kind: 'request'
        /** The message that says the same, where there is one. */
        readonly messageId: string | undefined
        /** Channex did not say in which conversation: what stands in for it is the request's own. */
        readonly isAlone: boolean
      })
  | (Place & { readonly kind: 'booking'; readonly bookingId: string })
  | (Pick<Place, 'propertyId' | 'at'> & { readonly kind: 'look' })
  | { readonly kind: 'ignored'; readonly why: string }

const relayed: ReadonlySet<string | undefined> = new Set(['guest', 'system', undefined])

/** Whether a line that no person wrote is about a request. */
export const isRequestLine = (message: Message): boolean => subjectOfLine(message) !== undefined

/** The request that a line is about; its details stand beside it, or only in its thread. */
export const toRequest = (
  { conversation, propertyId, at }: Place,
  message: Message,
): Extract<ChannexEvent, { readonly kind: 'request' }> => ({
  kind: 'request',
  subject: subjectOfLine(message) ?? 'inquiry',
  conversation,
  isAlone: false,
  propertyId,
  at,
  messageId: message.id,
  feedEventId: message.feedEventId,
  bookingId: undefined,
  status: statusOfLine(message),
  details: readFields(message.meta['booking_details']) ?? {},
})

/** Finds out what an event is, from the event alone. */
export const readEvent = (body: Fields): ChannexEvent => {
  const name = readString(body['event']) ?? ''
  const payload = readFields(body['payload']) ?? {}
  const propertyId = readString(body['property_id']) ?? readString(payload['property_id'])
  const at = readTime(payload['inserted_at']) ?? readTime(body['timestamp'])
  const look = { kind: 'look', propertyId, at } as const
  const request = readBookingRequest(name, payload)
  if (request !== undefined) return toRequestEvent(request, { propertyId, at }) ?? look
  if (name !== 'message' && name !== 'message_thread_booking_assigned')
    return { kind: 'ignored', why: 'event' }
  const bookingId = readString(payload['booking_id'])
  const conversation = toConversationId(readString(payload['message_thread_id']) ?? '')
  if (conversation === undefined) return look
  const place = { conversation, propertyId, at }
  if (name === 'message_thread_booking_assigned')
    return bookingId === undefined ? look : { ...place, kind: 'booking', bookingId }
  const message = readMessage(payload)
  return message === undefined
    ? look
    : toMessage(message, place, { bookingId, found: body['found'] === true })
}

/** An event as it is recorded: a request without the booking that Channex sends with it. */
export const toRecordedBody = (body: Fields): Fields => {
  const payload = readFields(body['payload'])
  const request = readBookingRequest(readString(body['event']) ?? '', payload ?? {})
  if (request === undefined || payload?.['bms'] === undefined) return body
  const { inserted_at, property_id } = payload
  return { ...body, payload: { ...toRecordedPayload(request), inserted_at, property_id } }
}

/** A request in the conversation that was found for it. */
export const toPlacedBody = (
  event: Extract<ChannexEvent, { readonly kind: 'request' }>,
  threadId: string,
  body: Fields,
): Fields => {
  const inserted_at = event.at === undefined ? undefined : new Date(event.at).toISOString()
  return { ...body, payload: { ...toRecordedPayload({ ...event, threadId }), inserted_at } }
}

/** A listed message as the webhook would have told of it, so that both are read alike. */
export const toEventBody = (
  { id, text, sender, at, files, hasFile, meta, feedEventId }: Message,
  { id: threadId, propertyId }: Pick<Thread, 'id' | 'propertyId'>,
): Fields => ({
  event: 'message',
  found: true,
  property_id: propertyId,
  payload: {
    id,
    message: text,
    sender,
    meta,
    live_feed_event_id: feedEventId,
    message_thread_id: threadId,
    attachments: files,
    have_attachment: hasFile,
    inserted_at: at === undefined ? undefined : new Date(at).toISOString(),
  },
})

/** Where and when something happened. */
interface Place {
  readonly conversation: ConversationId
  readonly propertyId: string | undefined
  /** Milliseconds since 1970. */
  readonly at: number | undefined
}

/** Where a request belongs; undefined where nothing tells it from others. */
const toRequestEvent = (
  { threadId, ...request }: BookingRequest,
  place: Pick<Place, 'propertyId' | 'at'>,
): Extract<ChannexEvent, { readonly kind: 'request' }> | undefined => {
  const thread = toConversationId(threadId ?? '')
  const conversation = thread ?? toRequestId(request.bookingId ?? request.feedEventId)
  if (conversation === undefined) return undefined
  return {
    ...place,
    ...request,
    kind: 'request',
    conversation,
    isAlone: thread === undefined,
    messageId: undefined,
  }
}

const toMessage = (
  message: Message,
  place: Place,
  { bookingId, found }: Pick<Extract<ChannexEvent, { readonly kind: 'message' }>, 'bookingId' | 'found'>,
): ChannexEvent => {
  const { sender } = message
  if (!relayed.has(sender)) return { kind: 'ignored', why: `sender ${sender}` }
  return sender === 'system' && isRequestLine(message)
    ? toRequest(place, message)
    : { ...place, kind: 'message', message, bookingId, found }
}
