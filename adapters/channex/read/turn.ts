import { hash } from 'node:crypto'
import type { Attachment, Author, Turn } from '../../../src/port.ts'
import type { Recorded } from '../receive/arrival.ts'
import { isSettled } from '../receive/booking-request.ts'
import { readString } from '../../../src/util/json.ts'
import { cleanName, cleanText, isBlank } from '../../../src/util/text.ts'
import { toInquirer, toRequestText, toStay, toSubject, toSystemText } from './format.ts'
import type { Guest } from './guests.ts'
import type { Message, MessageFile } from '../wire.ts'

/** A recorded event of one kind. */
export type Kind<K extends Recorded['kind']> = Extract<Recorded, { readonly kind: K }>

/** What a guest or the booking site wrote; undefined for a line of the site in which nothing can be read. */
export const toMessageTurn = (
  event: Kind<'message'>,
  sender: 'guest' | 'system',
  guest: Guest,
  now: number,
): Turn | undefined => {
  const { message } = event
  const attachments = toAttachments(message)
  const text = isBlank(cleanText(message.text)) ? '' : cleanText(message.text).trim()
  if (sender === 'system') {
    const said = { author: toSiteAuthor(guest), text: toSystemText(text), onlyInBridged: true }
    return text === '' && attachments.length === 0
      ? undefined
      : toTurn(event, guest, now, { ...said, attachments })
  }
  const author = toAuthor(guest, message)
  if (text !== '' || attachments.length > 0) return toTurn(event, guest, now, { author, text, attachments })
  const subject = toSubject(guest.site, guest.reservationCode, '')
  const said = { author, text: `[message without text; see ${guest.site ?? 'the booking site'}]` }
  return toTurn(event, guest, now, { ...said, ...(subject === undefined ? {} : { subject }) })
}

/** What a guest asks the hotel to decide, or what was decided: a decision matters because it may be made outside the connector. */
export const toRequestTurn = (event: Kind<'request'>, guest: Guest, now: number): Turn => {
  const text = toRequestText(guest.site, event)
  if (event.subject !== 'inquiry' && isSettled(event.status))
    return toTurn(event, guest, now, { author: toSiteAuthor(guest), text, onlyInBridged: true })
  const author = toAuthor({ ...guest, name: guest.name ?? toInquirer(event.details) }, { meta: {} })
  return toTurn(event, guest, now, { author, text })
}

/** That a booking was found for the conversation. */
export const toBookingTurn = (event: Kind<'booking'>, guest: Guest, now: number): Turn => {
  const { reservationCode, booking } = guest
  const stay = toStay(booking?.arrival, booking?.departure)
  const which = reservationCode === undefined ? 'A booking' : `Booking ${reservationCode}`
  const text = `${which}${stay === undefined ? '' : `, ${stay},`} belongs to this conversation now.`
  return toTurn(event, guest, now, { author: toSiteAuthor(guest), text, onlyInBridged: true })
}

/** Says that guests of a property without a set-up wait. The operators read it; no hotel does. */
export const toStrangersTurn = ({ at }: { readonly at: number | undefined }, now: number): Turn => ({
  kind: 'message',
  author: { id: 'system', name: 'Channex' },
  text: 'Guests of this property have written. What they wrote is fetched once it is set up.',
  attachments: [],
  at: at ?? now,
})

const toAttachments = ({ files, hasFile }: Message): readonly Attachment[] =>
  files.length === 0 && hasFile ? [{ name: 'file' }] : files.map(toAttachment)

/** Links on Channex may need our key; addresses of its file servers open for a while without. */
const toAttachment = ({ name, size, url }: MessageFile): Attachment => {
  const address = URL.canParse(url) ? new URL(url) : undefined
  const opens = address?.protocol === 'https:' && address.username === '' && address.password === ''
  return {
    name: cleanName(name) || 'file',
    ...(size === undefined ? {} : { size }),
    ...(opens ? { url: address.href } : {}),
  }
}

const toSiteAuthor = ({ site }: Guest): Author => ({ id: 'system', name: site ?? 'Booking site' })

const toTurn = ({ at }: Recorded, { site, reservationCode }: Guest, now: number, said: Said): Turn => {
  const subject = toSubject(site, reservationCode, said.text)
  return {
    kind: 'message',
    attachments: [],
    at: at ?? now,
    ...(subject === undefined ? {} : { subject }),
    ...said,
  }
}

type Said = Pick<Turn, 'author' | 'text'> & Partial<Turn>

/** The guest, who is one person in all of a thread unless the site says that somebody else wrote. */
const toAuthor = ({ name, site }: Guest, { meta }: Pick<Message, 'meta'>): Author => {
  const own = cleanName(readString(meta['name']) ?? '')
  const role = readString(meta['role'])?.toLowerCase() ?? 'guest'
  if (role !== 'guest' && own !== '') return { id: `guest:${toNameId(own)}`, name: own }
  return { id: 'guest', name: name ?? (own || (site === undefined ? 'Guest' : `${site} guest`)) }
}

/** The writer's id; it stays when names are erased. */
const toNameId = (name: string): string => hash('sha256', name, 'base64url').slice(0, 16)
