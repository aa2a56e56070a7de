import { readFields, readList, readString, type Fields } from '../../../src/util/json.ts'
import type { Message } from '../wire.ts'

/** What a guest on Airbnb asks the hotel to decide: dates without a booking, a booking, another booking. */
export type RequestSubject = 'inquiry' | 'reservation' | 'alteration'

/** A request as far as Channex tells of it. */
export interface BookingRequest {
  readonly subject: RequestSubject
  /** The conversation that it belongs to, where that is told. */
  readonly threadId: string | undefined
  readonly bookingId: string | undefined
  /** Its name among the events of the account: the same for all that is told of it. */
  readonly feedEventId: string | undefined
  /** What became of it: `accepted`, `declined`, or in Airbnb's own words. */
  readonly status: string | undefined
  /** Dates and guests by the names that an inquiry gives them; nothing of payment. */
  readonly details: Fields
}

/**
 * The events that tell of requests, by what they ask and what became of it
 * (https://docs.channex.io/api-v.1-documentation/webhook-collection). Answers to alterations have no event of their own.
 */
const events: Readonly<Record<string, readonly [RequestSubject, status?: string]>> = {
  inquiry: ['inquiry'],
  reservation_request: ['reservation'],
  accepted_reservation: ['reservation', 'accepted'],
  declined_reservation: ['reservation', 'declined'],
  alteration_request: ['alteration'],
}

/** The names of these events, as a webhook subscribes to them. */
export const requestEvents: readonly string[] = Object.keys(events)

/** Reads the payload of an event; undefined for one that tells of no request. */
export const readBookingRequest = (name: string, payload: Fields): BookingRequest | undefined => {
  const [subject, became] = Object.hasOwn(events, name) ? (events[name] ?? []) : []
  if (subject === undefined) return undefined
  const booking = readBookingMessage(payload)
  return {
    subject,
    threadId: readString(payload['message_thread_id']) ?? readString(booking['message_thread_id']),
    bookingId: readString(payload['booking_id']) ?? readString(booking['booking_id']),
    feedEventId: readString(payload['live_feed_event_id']) ?? readString(payload['live_feed_id']),
    status:
      became ?? readString(payload['status']) ?? (payload['resolved'] === true ? 'resolved' : undefined),
    details: readFields(payload['booking_details']) ?? toDetails(booking),
  }
}

/** What a line of a thread that no person wrote asks for: it holds the bare name of the event, or details beside it. */
export const subjectOfLine = ({ text, meta }: Pick<Message, 'text' | 'meta'>): RequestSubject | undefined =>
  (Object.hasOwn(events, text) ? events[text]?.[0] : undefined) ??
  (readFields(meta['booking_details']) === undefined ? undefined : 'inquiry')

/** What such a line's name says became of it. */
export const statusOfLine = ({ text, meta }: Pick<Message, 'text' | 'meta'>): string | undefined =>
  readString(meta['status']) ?? (Object.hasOwn(events, text) ? events[text]?.[1] : undefined)

/** The payload as it is recorded: without the booking's card, addresses and prices. */
export const toRecordedPayload = (request: BookingRequest): Fields => ({
  message_thread_id: request.threadId,
  booking_id: request.bookingId,
  live_feed_event_id: request.feedEventId,
  status: request.status,
  booking_details: request.details,
})

/** Whether a state says that there is nothing left to decide. */
export const isSettled = (status: string | undefined): boolean =>
  status !== undefined && /accept|declin|den[iy]|resolv|cancel|withdr|expir|confirm/i.test(status)

/** The booking that is asked for: Channex writes it like a revision of one, under `bms`. */
const readBookingMessage = (payload: Fields): Fields => {
  const booking = readFields(payload['bms']) ?? {}
  return readFields(booking['attributes']) ?? booking
}

const toDetails = (booking: Fields): Fields => {
  const room = readFields(readList(booking['rooms'])[0]) ?? {}
  const people = readFields(booking['occupancy']) ?? readFields(room['occupancy']) ?? {}
  const customer = readFields(booking['customer']) ?? {}
  const names = [customer['name'], customer['surname']].flatMap((name) => readString(name)?.trim() ?? [])
  return {
    checkin_date: booking['arrival_date'] ?? room['checkin_date'],
    checkout_date: booking['departure_date'] ?? room['checkout_date'],
    nights: booking['count_of_nights'],
    number_of_adults: people['adults'],
    number_of_children: people['children'],
    number_of_infants: people['infants'],
    guest_name: names.join(' ').trim(),
    reservation_code: booking['ota_reservation_code'],
  }
}
