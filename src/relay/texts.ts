import type { FaultKind } from '../port.ts'
import { formatDuration } from '../util/text.ts'

/** Everything the bot itself says; each can be replaced in `CONFIG_FILE` under `texts`. `{name}` is filled in. */
export const defaultTexts = {
  subject: '{line} ({platform}, ref {reference})',
  attachmentOnly: 'Attachment',
  speaker: '{name}: {text}',
  edited: '✏️ Edited: {text}',
  deleted: '🗑️ Deleted: {text}',
  deletedUnknown: '🗑️ A message was deleted',
  late: '🕗 Written earlier: {text}',
  attachment: '📎 {name}',
  forwarded: 'Forwarded from {name}:',
  forwardedMessage: 'Forwarded message:',
  fileText: 'Text of {name}:',
  transcript: 'Transcript of {name} by {platform}:',
  shortened: '[Shortened here; the whole message is in {platform}.]',
  unreadable: '[This message can only be read in {platform}.]',
  attachmentDeleted: '🗑️ Deleted: {name}',
  reply: '{text}',
  greetPerson:
    'Hello! You are in touch with the team at {property}; they will answer right here. Write “help” to see what else you can do.',
  greetGroup:
    'Hello! To reach the team at {property}, mention me in your message; they will read that conversation and answer in it. Please mention me each time, unless I can see every message here.',
  help: 'Everything you write here goes to the team at {property}, and their answers arrive here. “status” shows whether your messages have arrived, “new” starts a new conversation.',
  helpOutside:
    'To reach the team at {property}, mention me in your message: that starts a conversation, and they answer in its thread. “status” shows whether your messages have arrived.',
  helpGroup:
    'To reach the team at {property}, mention me in your message, each time unless I can see every message here. Their answers arrive here. “status” shows whether your messages have arrived, “new” starts a new conversation.',
  statusNone: 'You have not written to {property} yet.',
  statusDelivered: 'Everything you wrote has reached {property}.',
  statusWaiting: '{waiting} of your messages are still on their way. There is no need to send them again.',
  statusWaitingOne: 'One of your messages is still on its way. There is no need to send it again.',
  new: 'Your next message starts a new conversation with {property}.',
  newOutside:
    'To start a new conversation with {property}, mention me outside a thread. What you write in a thread continues its conversation.',
  newGroup: 'Your next message that mentions me starts a new conversation with {property}.',
  anyHotel: 'the hotel',
  whichHotel:
    'Which hotel is this for? Please choose one, or write its name or number. I am keeping what you wrote and will pass it on then.\n{hotels}',
  whichHotelAgain:
    'I am still keeping what you wrote. Please tell me first which hotel it is for, by its name or number.\n{hotels}',
  chosen: 'Thank you! What you write here goes to the team at {property}.',
  statusUnrouted: '{waiting} of your messages are waiting here until you choose a hotel.',
  statusUnroutedOne: 'One of your messages is waiting here until you choose a hotel.',
  turnsUnanswered:
    '⚠️ What you wrote was not delivered, because no hotel was chosen for it: “{text}”. Please write again.',
  deskOpens: 'The desk opens at {opens}; your message is there.',
  deskOpensOn: 'The desk opens on {day} at {opens}; your message is there.',
  waitAlarm:
    'A guest has been waiting for {duration} for a reply from {property} ({platform}, ref {reference}).',
  waitTask: 'Answer the guest ({platform}, ref {reference})',
  stayByNumber: 'Guest (by booking number): {stay}',
  stayByEmail: 'Guest (by e-mail, not verified): {stay}',
  stayRoom: 'room {room}',
  stayNumber: 'confirmation {number}',
  stayStarted: 'in the house',
  stayConfirmed: 'confirmed',
  stayOptional: 'optional',
  stayInquired: 'inquiry',
  stayRequested: 'requested',
  stayProcessed: 'has left',
  stayBooker: 'booked for somebody else',
  stayCompanion: 'travels along',
  stayMany: '{count} stays, see Mews',
  stayGuests: '{count} guests with stays have this address, see Mews',
  homeTitle: 'Your conversations with the hotel',
  homeEmpty:
    'You have none yet. Write in the Messages tab to start one; the team at the hotel will answer there.',
  homeHow: 'To start another one, write in the Messages tab or mention me in a channel.',
  homeDirect: 'Direct messages',
  homeDelivered: 'Everything has arrived.',
  homeWaiting: '{waiting} still on the way.',
  noText: '(no text)',
  withdrawn: '(This message was withdrawn.)',
  threadUnknown:
    '⚠️ The connector was restored from a backup that is older than this conversation, so it does not know who the guest is. What you write here will reach them once they write again; until then, please reach them another way.',
  replyNotDelivered: '⚠️ This reply was not delivered to the guest ({platform}): “{text}”. {reason}',
  replyMaybeDelivered:
    '⚠️ This reply may not have been delivered to the guest ({platform}): “{text}”. {reason}',
  replyDeliveredAfterAll: '✅ This reply was delivered to the guest after all ({platform}): “{text}”.',
  whyTooLong: 'It is too long for {platform}. Please send it again in shorter messages.',
  whyGuestGone:
    'The guest has blocked or removed the app. Please reach them another way until they write again.',
  whyPlaceClosed:
    'The channel or chat on {platform} no longer takes messages from the hotel. Please reach the guest another way.',
  whyEnded: 'The conversation is closed on {platform}. Please reach the guest another way.',
  whyLinks:
    'Booking.com often refuses messages with links. Please send it again without them, or reach the guest another way.',
  whyRequest:
    'The guest’s request has not been answered yet: please accept or decline it on Airbnb, and write to the guest there.',
  whySetUp:
    'Something has to be put right first, and your IT has been told. Please reach the guest another way until then.',
  whyAway: '{platform} could not be reached for {duration}. Please reach the guest another way.',
  whyGuestUnknown:
    'What the guest wrote was erased, and with it where they can be reached. What you write will reach them once they write again; until then, please reach them another way.',
  whyGivenUp: 'Your IT has stopped the delivery. Please reach the guest another way.',
  whyOther: 'Please reach the guest another way; your IT has been told.',
  turnDeliveredAfterAll: '✅ Your message was delivered to the hotel after all: “{text}”.',
  turnNotDelivered:
    '⚠️ Your message was not delivered to the hotel: “{text}”. Please send it again or contact the hotel another way.',
  turnUnreadable:
    '⚠️ One of your messages was not delivered to the hotel. Please send it again or contact the hotel another way.',
  turnMaybeDelivered:
    '⚠️ Your message may not have been delivered to the hotel: “{text}”. If it matters, please contact the hotel another way.',
  aboutTitle: 'Write to the hotel',
  about:
    'This service carries messages between guests and the team at the hotel. Guests write in {platforms}, and the hotel’s answers arrive in the same conversation.',
  privacyTitle: 'Privacy',
  privacy: `This page says what happens to what you write to the hotel through this service.

# What is kept
Your messages and the hotel’s answers, your name and your id in {platforms}, the names of files you send, and what the platform sends with a message, such as your language or your booking.

# What it is used for
To deliver each message once and in order, to bring the answer back to you, and to tell you when something could not be delivered. It is used for nothing else.

# Who can read it
The team at the hotel, in its hotel system (Mews), and the people who run this service for the hotel. The platform you write in and the hotel system carry the messages and keep copies under their own rules.

# For how long
{kept}

# How it is protected
Messages are accepted only from the platforms named here, which sign them or prove themselves by a secret, and are sent on encrypted. Only people with the hotel’s permission can open the records. Logs contain no messages and no names.

# Your rights
Ask the hotel to tell you what is kept about you, or to have it erased. Write in your conversation, or ask at the front desk.`,
  privacyErased:
    'Messages and names are erased after {time}. Ids are kept, so that no message arrives twice.',
  privacyKept: 'Until the hotel has it erased; there is no fixed time.',
  privacyStay:
    'To tell the team whose stay a message is about, the number of your booking or your address, as the platform gives it, is looked for in the hotel system. What is found there (your name, room, dates and confirmation number) stands in one line that the team alone reads; it is kept as long as your messages. Your address itself is not kept.',
  termsTitle: 'Terms of use',
  terms:
    'Use this service to write to the hotel. The team answers as soon as it can: in an emergency, call the front desk or the emergency services. Please send no passwords and no card numbers. Anything you and the hotel agree on is between you and the hotel.',
} as const

export type TextName = keyof typeof defaultTexts

export type Texts = Readonly<Record<TextName, string>> & {
  /** In which lists and durations within the texts are told (BCP 47). */
  readonly language: string
}

/** The bot's texts with some of them replaced. A hotel that has words for several messages alone says those of one, too: not ours between its own. */
export const createTexts = (replaced: Partial<Texts> = {}): Texts => {
  const { statusWaiting, statusUnrouted } = replaced
  return {
    language: 'en-GB',
    ...defaultTexts,
    ...(statusWaiting === undefined ? {} : { statusWaitingOne: statusWaiting }),
    ...(statusUnrouted === undefined ? {} : { statusUnroutedOne: statusUnrouted }),
    ...replaced,
  }
}

/** Fills `{name}`s of a text; values are taken literally. */
export const fill = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole)

/** Gives adapters the bot's words by name; a name that does not exist is a mistake of the program. */
export const createSay =
  (texts: Texts) =>
  (name: string, values: Readonly<Record<string, string>> = {}): string => {
    if (!Object.hasOwn(texts, name)) throw new Error(`There is no text ${name}.`)
    return fill(texts[name as TextName], values)
  }

/** The beginning of a text on one line, for quoting in a notice or subject: at most `limit` characters, cut at a word. */
export const excerpt = (text: string, limit: number): string => {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  if (line.length <= limit) return line
  const head = Array.from(line.slice(0, limit)).slice(0, -1).join('')
  const space = head.lastIndexOf(' ')
  return `${(space > limit / 2 ? head.slice(0, space) : head).trimEnd()}…`
}

/**
 * Why a reply was not delivered, as far as it matters to the staff. `away`: the platform was not reached for as long as is tried; `guest
 * unknown`: what the guest wrote was erased, and with it where they are.
 */
export type StaffReason = FaultKind | 'away' | 'guest unknown' | 'given up' | 'other'

/** What the staff read of each; the console and `deliveries` keep the full reason. */
const textNames: Readonly<Record<StaffReason, TextName>> = {
  'too long': 'whyTooLong',
  'guest gone': 'whyGuestGone',
  closed: 'whyPlaceClosed',
  ended: 'whyEnded',
  links: 'whyLinks',
  request: 'whyRequest',
  'set-up': 'whySetUp',
  away: 'whyAway',
  'guest unknown': 'whyGuestUnknown',
  'given up': 'whyGivenUp',
  other: 'whyOther',
}

/** Says to the staff why a reply was not delivered and what they can do, without any platform's code or setting's name. */
export function explainToStaff(
  reason: StaffReason,
  { platform, failedForMs }: { readonly platform: string; readonly failedForMs: number },
  texts: Texts,
): string {
  return fill(texts[textNames[reason]], {
    platform,
    duration: formatDuration(failedForMs, texts.language, 0),
  })
}
