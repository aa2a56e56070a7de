/** Channex's spelling stops here: the fields we read of its messages, threads and bookings (https://docs.channex.io/api-v.1-documentation/messages-collection). */

import { type Fields, readCount, readFields, readList, readString } from '../../src/util/json.ts'

/** A file beside a message. */
export interface MessageFile {
  readonly name: string
  /** In bytes, where Channex says so. */
  readonly size: number | undefined
  /** As it came: a path on Channex, or an address that opens for a while. */
  readonly url: string
}

/** A message, whether from a list or from a webhook. */
export interface Message {
  readonly id: string
  readonly text: string
  /** `guest`, `property` or `system`; older webhooks leave it out. */
  readonly sender: string | undefined
  /** Milliseconds since 1970. */
  readonly at: number | undefined
  readonly files: readonly MessageFile[]
  /** There is a file, whether or not it is listed. */
  readonly hasFile: boolean
  /** What the booking site adds: names, roles, details of an inquiry. */
  readonly meta: Fields
  /** What it is called among the events of the account, on Airbnb; an inquiry has the same in both its forms. */
  readonly feedEventId: string | undefined
  readonly threadId: string | undefined
}

/** A conversation with a guest. */
export interface Thread {
  readonly id: string
  /** Usually the guest's name. */
  readonly title: string | undefined
  /** As it is spelled: `BookingCom`, `AirBNB`, … */
  readonly provider: string | undefined
  /** A hint only: sending to a closed thread opens it again. */
  readonly isClosed: boolean
  readonly messageCount: number | undefined
  /** When something last happened in it, milliseconds since 1970. */
  readonly activeAt: number | undefined
  readonly propertyId: string | undefined
  /** Missing for inquiries, and often on Airbnb. */
  readonly bookingId: string | undefined
}

/** A guest's booking. */
export interface Booking {
  readonly id: string
  readonly guestName: string | undefined
  /** As the booking site has it; some say `en` of everybody. */
  readonly language: string | undefined
  /** The booking site's own number of it. */
  readonly reservationCode: string | undefined
  /** The guest's address; booking sites mostly give one of their own. */
  readonly email: string | undefined
  /** `2026-12-02` */
  readonly arrival: string | undefined
  readonly departure: string | undefined
  readonly threadId: string | undefined
}

/** Reads a message; undefined without an id. */
export const readMessage = (fields: Fields): Message | undefined => {
  const id = readString(fields['id'])
  if (id === undefined) return undefined
  const attributes = attributesOf(fields)
  const files = readList(attributes['attachments']).map(readFile)
  const meta = readFields(attributes['meta']) ?? {}
  return {
    id,
    text: readString(attributes['message']) ?? '',
    sender: readString(attributes['sender'])?.toLowerCase(),
    at: readTime(attributes['inserted_at']),
    files: files.filter((file) => file !== undefined),
    hasFile: files.length > 0 || attributes['have_attachment'] === true,
    meta,
    feedEventId: readString(meta['live_feed_event_id']) ?? readString(attributes['live_feed_event_id']),
    threadId: readString(attributes['message_thread_id']) ?? readRelation(fields, 'message_thread'),
  }
}

/** Reads a thread; undefined without an id. */
export const readThread = (fields: Fields): Thread | undefined => {
  const id = readString(fields['id'])
  if (id === undefined) return undefined
  const attributes = attributesOf(fields)
  const last = readFields(attributes['last_message'])
  const times = [
    attributes['last_message_received_at'],
    attributes['updated_at'],
    attributes['inserted_at'],
    last?.['inserted_at'],
  ].flatMap((time) => readTime(time) ?? [])
  return {
    id,
    title: readString(attributes['title']),
    provider: readString(attributes['provider']),
    isClosed: attributes['is_closed'] === true,
    messageCount: readCount(attributes['message_count']),
    activeAt: times.length === 0 ? undefined : Math.max(...times),
    propertyId: readRelation(fields, 'property'),
    bookingId: readRelation(fields, 'booking'),
  }
}

/** Reads a booking; undefined without an id. */
export const readBooking = (fields: Fields): Booking | undefined => {
  const id = readString(fields['id'])
  if (id === undefined) return undefined
  const attributes = attributesOf(fields)
  const customer = readFields(attributes['customer'])
  const names = [customer?.['name'], customer?.['surname']].flatMap((name) => readString(name)?.trim() ?? [])
  return {
    id,
    guestName: readString(names.join(' ').trim()),
    language: readString(customer?.['language']),
    reservationCode:
      readString(attributes['ota_reservation_code']) ?? withoutSite(readString(attributes['unique_id'])),
    email: readString(customer?.['mail']),
    arrival: readString(attributes['arrival_date']),
    departure: readString(attributes['departure_date']),
    threadId: readRelation(fields, 'message_thread'),
  }
}

/** The site's name for people: `Booking.com`; an unknown one's own spelling; undefined where none is known. */
export const siteName = (provider: string | undefined): string | undefined => {
  const name = normalize(provider)
  if (name === 'bookingcom') return 'Booking.com'
  if (name === 'airbnb') return 'Airbnb'
  if (name.startsWith('expedia')) return 'Expedia'
  return name === '' ? undefined : provider?.trim()
}

/** Whether a thread is Booking.com's. */
export const isBookingCom = (provider: string | undefined): boolean => normalize(provider) === 'bookingcom'

/** Whether a thread is Airbnb's. */
export const isAirbnb = (provider: string | undefined): boolean => normalize(provider) === 'airbnb'

/**
 * Milliseconds since 1970 of a time as Channex writes it, e.g. `2026-11-02T17:20:11.184230`: without a zone it means
 * UTC, where JavaScript would take it for local time. Undefined for anything else.
 */
export const readTime = (value: unknown): number | undefined => {
  const text = readString(value)?.replace(' ', 'T')
  if (text === undefined || !/^\d{4}-\d{2}-\d{2}(?:T|$)/.test(text)) return undefined
  const hasZone = !text.includes('T') || /(?:Z|[+-]\d{2}:?\d{2})$/i.test(text)
  const at = Date.parse(hasZone ? text : `${text}Z`)
  return Number.isNaN(at) ? undefined : at
}

/** `BDC-3120045577`: three letters of the booking site, and its own number. */
const withoutSite = (uniqueId: string | undefined): string | undefined =>
  readString(uniqueId?.replace(/^[A-Z]{3}-/, ''))

const attributesOf = (fields: Fields): Fields => readFields(fields['attributes']) ?? fields

/** Documented as links; seen as objects too. */
const readFile = (value: unknown): MessageFile | undefined => {
  const fields = readFields(value)
  const url =
    readString(value) ??
    readString(fields?.['url']) ??
    readString(fields?.['link']) ??
    readString(readFields(fields?.['links'])?.['url']) ??
    ''
  const name = readString(fields?.['file_name']) ?? readString(fields?.['name']) ?? lastSegment(url)
  const size = readCount(fields?.['size']) ?? readCount(fields?.['file_size'])
  return url === '' && name === '' ? undefined : { name: name || 'file', size, url }
}

const lastSegment = (url: string): string => {
  const segment = url.split(/[?#]/, 1)[0]?.split('/').findLast(Boolean) ?? ''
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/** The id of something related; `relationships` may be absent as a whole. */
const readRelation = (fields: Fields, name: string): string | undefined =>
  readString(readFields(readFields(readFields(fields['relationships'])?.[name])?.['data'])?.['id'])

/** Booking sites as Channex spells them, which differs between its pages and answers: compared without case. */

const normalize = (provider: string | undefined): string =>
  (provider ?? '').toLowerCase().replaceAll(/[^a-z0-9]/g, '')
