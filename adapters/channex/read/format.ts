import { cleanName, cleanText } from '../../../src/util/text.ts'
import { isSettled, type BookingRequest } from '../receive/booking-request.ts'
import { readCount, readString, type Fields } from '../../../src/util/json.ts'
import { readTime } from '../wire.ts'

const dayFormat = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC',
})

/** Two days: `2 Dec 2026 to 5 Dec 2026`; undefined unless both are known. */
export const toStay = (arrival: unknown, departure: unknown): string | undefined => {
  const [from, to] = [toDay(arrival), toDay(departure)]
  return from === undefined || to === undefined ? undefined : `${from} to ${to}`
}

const titles: Readonly<Record<BookingRequest['subject'], string>> = {
  inquiry: 'Inquiry',
  reservation: 'Booking request',
  alteration: 'Request to change the booking',
}

/** What a guest asks for, or what became of that, readable: no price, and nothing of how it is paid. */
export const toRequestText = (
  site: string | undefined,
  { subject, status, details }: Pick<BookingRequest, 'subject' | 'status' | 'details'>,
): string => {
  const state = status === undefined ? '' : ` (${toWords(status)})`
  const until = toDay(details['non_response_at'])
  const code = cleanName(readString(details['reservation_code']) ?? '')
  const facts = [
    toStay(details['checkin_date'], details['checkout_date']),
    counted(details['nights'], 'night', 'nights'),
    toGuests(details),
    cleanName(readString(details['listing_name']) ?? '') || undefined,
    code === '' ? undefined : `booking ${code}`,
  ].filter((fact) => fact !== undefined)
  const asked = facts.length === 0 ? '' : `: ${facts.join(', ')}`
  if (isSettled(status)) return `${titles[subject]}${state}${asked}.`
  const remedy = `Accept or decline it on ${site ?? 'the booking site'}${until === undefined ? '' : `, by ${until}`}.`
  return `${titles[subject]}${state}${asked}. ${remedy}`
}

/** A line of the booking site; a bare code becomes words. */
export const toSystemText = (text: string): string => {
  const line = cleanText(text).trim()
  return /^[a-z]+(?:_[a-z]+)*$/.test(line)
    ? `${line.charAt(0).toUpperCase()}${toWords(line.slice(1))}.`
    : line
}

/** A new thread's subject, `Booking.com 4512345678 · Late arrival`; undefined while the site is not known. */
export const toSubject = (
  site: string | undefined,
  reservationCode: string | undefined,
  text: string,
): string | undefined => {
  if (site === undefined) return undefined
  const [line = ''] = text.split('\n', 1)
  const origin = [site, reservationCode].filter((part) => part !== undefined).join(' ')
  return line === '' ? origin : `${origin} · ${line}`
}

/** A guest's name out of a thread's title, which on Airbnb may be `Inquiry from Ines`. */
export const toTitleName = (title: string | undefined): string | undefined =>
  cleanName(title ?? '').replace(/^(?:inquiry|message) from /i, '') || undefined

/** Removes from an error's text what it quotes of our message; three letters or fewer stay, as they reveal nothing. */
export const withoutQuote = (text: string, quoted: string): string => {
  const words = quoted.replaceAll(/\s+/g, ' ').trim()
  return words.length > 3 ? text.replaceAll(words, '…') : text
}

/** Whether a text contains what reads as a link. */
export const hasLink = (text: string): boolean =>
  /\b(?:https?:\/\/|www\.)\S|\b[\w-]+\.[a-z]{2,}\/\S/i.test(text)

/** Whether two texts are the same but for white space, which sites change. */
export const sameWords = (one: string, other: string): boolean => toComparable(one) === toComparable(other)

/** The name that a request gives of its guest. */
export const toInquirer = (details: Fields): string | undefined =>
  cleanName(readString(details['guest_name']) ?? '') || undefined

const toDay = (value: unknown): string | undefined => {
  const at = readTime(value)
  return at === undefined ? undefined : dayFormat.format(at)
}

/** A code as words: `request_declined` → `request declined`. */
const toWords = (code: string): string => cleanName(code).replaceAll('_', ' ')

const counted = (value: unknown, one: string, many: string): string | undefined => {
  const count = readCount(value)
  return count === undefined || count === 0 ? undefined : `${count} ${count === 1 ? one : many}`
}

const toGuests = (details: Fields): string | undefined => {
  const kinds = [
    counted(details['number_of_adults'], 'adult', 'adults'),
    counted(details['number_of_children'], 'child', 'children'),
    counted(details['number_of_infants'], 'infant', 'infants'),
    counted(details['number_of_pets'], 'pet', 'pets'),
  ].filter((kind) => kind !== undefined)
  return kinds.length > 0 ? kinds.join(', ') : counted(details['number_of_guests'], 'guest', 'guests')
}

const toComparable = (text: string): string => text.normalize().replaceAll(/\s+/g, ' ').trim()
