import type { ConversationId } from '../../src/port.ts'
import { readFields, readString, type Fields } from './fields.ts'
import { toConversationId } from './id.ts'
import { readTime } from './time.ts'
import { readMessage, type Message, type Thread } from './wire.ts'

/** Where and when something happened. */
interface Place {
  readonly conversation: ConversationId
  readonly propertyId: string | undefined
  /** Milliseconds since 1970. */
  readonly at: number | undefined
}

/**
 * What an event is to us; `why` is fit for logs.
 * - `message`: a guest's, a line of the booking site, or one whose sender is not told
 * - `inquiry`: a guest asks for dates without a booking
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
  | (Place & {
      readonly kind: 'inquiry'
      /** The message that says the same, where there is one. */
      readonly messageId: string | undefined
      readonly feedEventId: string | undefined
      readonly status: string | undefined
      readonly details: Fields
    })
  | (Place & { readonly kind: 'booking'; readonly bookingId: string })
  | (Pick<Place, 'propertyId' | 'at'> & { readonly kind: 'look' })
  | { readonly kind: 'ignored'; readonly why: string }

const watched: ReadonlySet<string> = new Set(['message', 'inquiry', 'message_thread_booking_assigned'])
const relayed: ReadonlySet<string | undefined> = new Set(['guest', 'system', undefined])

const readDetails = ({ meta }: Message): Fields | undefined => readFields(meta['booking_details'])

/** Whether a line that no person wrote is about an inquiry: it says nothing but `inquiry`; its details stand beside it, or only in its thread. */
export const isInquiry = (message: Message): boolean =>
  message.text === 'inquiry' || readDetails(message) !== undefined

/** The inquiry that a line is about. */
export const toInquiry = (
  { conversation, propertyId, at }: Place,
  message: Message,
): Extract<ChannexEvent, { readonly kind: 'inquiry' }> => ({
  kind: 'inquiry',
  conversation,
  propertyId,
  at,
  messageId: message.id,
  feedEventId: message.feedEventId,
  status: readString(message.meta['status']),
  details: readDetails(message) ?? {},
})

const toMessage = (
  message: Message,
  place: Place,
  { bookingId, found }: Pick<Extract<ChannexEvent, { readonly kind: 'message' }>, 'bookingId' | 'found'>,
): ChannexEvent => {
  const { sender } = message
  if (!relayed.has(sender)) return { kind: 'ignored', why: `sender ${sender}` }
  return sender === 'system' && isInquiry(message)
    ? toInquiry(place, message)
    : { ...place, kind: 'message', message, bookingId, found }
}

/** Finds out what an event is, from the event alone. */
export const readEvent = (body: Fields): ChannexEvent => {
  const name = readString(body['event'])
  if (name === undefined || !watched.has(name)) return { kind: 'ignored', why: 'event' }
  const payload = readFields(body['payload']) ?? {}
  const propertyId = readString(body['property_id']) ?? readString(payload['property_id'])
  const at = readTime(payload['inserted_at']) ?? readTime(body['timestamp'])
  const bookingId = readString(payload['booking_id'])
  const message = readMessage(payload)
  const look = { kind: 'look', propertyId, at } as const
  const conversation = toConversationId(readString(payload['message_thread_id']) ?? '')
  if (conversation === undefined) return look
  const place = { conversation, propertyId, at }
  switch (name) {
    case 'message':
      return message === undefined
        ? look
        : toMessage(message, place, { bookingId, found: body['found'] === true })
    case 'inquiry':
      return {
        ...place,
        kind: 'inquiry',
        messageId: undefined,
        feedEventId: readString(payload['live_feed_event_id']),
        status: readString(payload['status']),
        details: readFields(payload['booking_details']) ?? {},
      }
    default:
      return bookingId === undefined ? look : { ...place, kind: 'booking', bookingId }
  }
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
