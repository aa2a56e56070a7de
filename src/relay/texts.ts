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
  transcript: 'What is said in {name}, as {platform} heard it:',
  shortened: '[The rest is left out here; it can be read in {platform}.]',
  unreadable: '[This message can only be read in {platform}.]',
  attachmentDeleted: '🗑️ Deleted: {name}',
  reply: '{text}',
  greetPerson:
    'Hello! Write here to reach the staff of {property}. They read along with what is written in this conversation. Write “help” to see what else you can do.',
  greetGroup:
    'Hello! Mention me with what you want to tell the staff of {property}; each time where I cannot hear you otherwise. They read along with the conversations that begin so.',
  help: 'Whatever you write here goes to the staff of {property}, and their answers come back here. “status” shows whether your messages have arrived, “new” begins a new conversation.',
  helpOutside:
    'Mention me with what you want to tell the staff of {property}: that begins a conversation, and their answers come back in its thread. “status” shows whether your messages have arrived.',
  helpGroup:
    'Mention me with what you want to tell the staff of {property}, each time where I cannot hear you otherwise. Their answers come back here. “status” shows whether your messages have arrived, “new” begins a new conversation.',
  statusNone: 'You have not written to {property} yet.',
  statusDelivered: 'Everything you wrote has reached {property}.',
  statusWaiting: '{waiting} messages are still on their way. You need not send them again.',
  statusWaitingOne: 'One message is still on its way. You need not send it again.',
  new: 'Your next message begins a new conversation with {property}.',
  newOutside:
    'Mention me outside of a thread to begin a new conversation with {property}. In a thread, its own goes on.',
  newGroup: 'Your next message that mentions me begins a new conversation with {property}.',
  anyHotel: 'the hotel',
  whichHotel:
    'Which hotel is this for? Choose one, or write its name or number. What you have written is kept, and goes there then.\n{hotels}',
  whichHotelAgain:
    'What you wrote still waits here: please say first which hotel it is for, by its name or number.\n{hotels}',
  chosen: 'What you write here goes to the staff of {property}.',
  statusUnrouted: '{waiting} messages wait here until you say which hotel they are for.',
  statusUnroutedOne: 'One message waits here until you say which hotel it is for.',
  turnsUnanswered:
    '⚠️ What you wrote was not delivered, as it was not said which hotel it is for: “{text}”. Please write again.',
  homeTitle: 'Your conversations with the hotel',
  homeEmpty:
    'There are none yet. Write in the Messages tab to begin one; the staff of the hotel read it and answer there.',
  homeHow: 'Write in the Messages tab, or mention me in a channel, to begin another one.',
  homeDirect: 'Direct messages',
  homeDelivered: 'Everything has arrived.',
  homeWaiting: '{waiting} still on the way.',
  noText: '(no text)',
  withdrawn: '(This message was withdrawn.)',
  threadUnknown:
    '⚠️ This conversation began after the backup from which the connector was restored, so it does not know who the guest is. What you write here reaches them once they write again; until then, please reach them another way.',
  replyNotDelivered: '⚠️ This reply was not delivered to the guest ({platform}): “{text}”. {reason}',
  replyMaybeDelivered:
    '⚠️ This reply may not have been delivered to the guest ({platform}): “{text}”. {reason}',
  replyDeliveredAfterAll: '✅ This reply was delivered to the guest after all ({platform}): “{text}”.',
  whyTooLong: 'It is too long for {platform}. Please send it again in shorter messages.',
  whyGuestGone:
    'The guest has blocked or removed the app. Please reach them another way until they write again.',
  whyPlaceClosed:
    'The channel or chat on {platform} takes no messages from the hotel any more. Please reach the guest another way.',
  whyEnded: 'The conversation is closed on {platform}. Please reach the guest another way.',
  whyLinks:
    'Booking.com often refuses messages with links. Please send it again without them, or reach the guest another way.',
  whyRequest:
    'This request is not answered yet: please accept or decline it on Airbnb, and write to the guest there.',
  whySetUp:
    'Something must be put right first, and your IT has been told. Please reach the guest another way until then.',
  whyAway: '{platform} could not be reached for {duration}. Please reach the guest another way.',
  whyGuestUnknown:
    'What the guest wrote was erased, and it is not known any more where they are. What you write reaches them once they write again; until then, please reach them another way.',
  whyGivenUp: 'Your IT has given it up. Please reach the guest another way.',
  whyOther: 'Please reach the guest another way; your IT has been told.',
  turnDeliveredAfterAll: '✅ Your message was delivered to the hotel after all: “{text}”.',
  turnNotDelivered:
    '⚠️ Your message was not delivered to the hotel: “{text}”. Please send it again or contact the hotel another way.',
  turnUnreadable:
    '⚠️ A message of yours was not delivered to the hotel. Please send it again or contact the hotel another way.',
  turnMaybeDelivered:
    '⚠️ Your message may not have been delivered to the hotel: “{text}”. If it matters, please contact the hotel another way.',
  aboutTitle: 'Write to the hotel',
  about:
    'This service carries messages between guests and the staff of the hotel. Guests write in {platforms}, and the hotel’s answers come back into the same conversation.',
  privacyTitle: 'Privacy',
  privacy: `This is what becomes of what you write to the hotel through this service.

# What is kept
Your messages and the hotel’s answers, your name and your id in {platforms}, the names of files you send, and what the platform sends with a message, such as your language or your booking.

# What for
To bring each message to the other side once and in order, to bring the answer back to you, and to tell you when something could not be delivered. It is used for nothing else.

# Who can read it
The staff of the hotel, in its hotel system (Mews), and those who run this service for the hotel. The platform you write in and the hotel system carry the messages and keep copies under their own rules.

# For how long
{kept}

# How it is protected
Messages are taken only from the platforms named here, each proven by a signature or a secret, and are sent on encrypted. Records open only to people with the hotel’s permission. Logs have no messages and no names.

# Your rights
Ask the hotel to tell you what is kept about you, or to have it erased. Write in your conversation, or ask at the front desk.`,
  privacyErased: 'Messages and names are erased after {time}. Ids stay, so that no message arrives twice.',
  privacyKept: 'Until the hotel has it erased; no time is set.',
  termsTitle: 'Terms of use',
  terms:
    'Use this service to write to the hotel. The staff answer when they can: in an emergency, call the front desk or the emergency services. Send no passwords and no card numbers. What you and the hotel agree on is between you and the hotel.',
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
