import type { FaultKind } from '../port.ts'
import { formatDuration } from '../util/text.ts'

/** Everything the bot itself says, and what is filled in. The words stand in `locales/`; each can be replaced in `CONFIG_FILE` under `texts`. */
export const textArguments = {
  subject: ['line', 'platform', 'reference'],
  attachmentOnly: [],
  speaker: ['name', 'text'],
  edited: ['text'],
  deleted: ['text'],
  deletedUnknown: [],
  late: ['text'],
  attachment: ['name'],
  forwarded: ['name'],
  forwardedMessage: [],
  fileText: ['name'],
  transcript: ['name', 'platform'],
  shortened: ['platform'],
  unreadable: ['platform'],
  attachmentDeleted: ['name'],
  reply: ['property', 'text'],
  greetPerson: ['property', 'hotel'],
  greetGroup: ['property', 'hotel'],
  help: ['property', 'hotel'],
  helpOutside: ['property', 'hotel'],
  helpGroup: ['property', 'hotel'],
  statusNone: ['property', 'hotel'],
  statusDelivered: ['property', 'hotel'],
  statusWaiting: ['property', 'hotel', 'waiting'],
  new: ['property', 'hotel'],
  newOutside: ['property', 'hotel'],
  newGroup: ['property', 'hotel'],
  language: [],
  languages: ['languages'],
  anyHotel: [],
  hotelNamed: ['property'],
  whichHotel: ['hotels'],
  whichHotelAgain: ['hotels'],
  chosen: ['property', 'hotel'],
  statusUnrouted: ['property', 'hotel', 'waiting'],
  turnsUnanswered: ['text'],
  deskOpens: ['opens'],
  deskOpensOn: ['opens', 'day'],
  waitAlarm: ['duration', 'property', 'platform', 'reference'],
  waitTask: ['platform', 'reference'],
  stayByNumber: ['stay'],
  stayByEmail: ['stay'],
  stayRoom: ['room'],
  stayNumber: ['number'],
  stayStarted: [],
  stayConfirmed: [],
  stayOptional: [],
  stayInquired: [],
  stayRequested: [],
  stayProcessed: [],
  stayBooker: [],
  stayCompanion: [],
  stayMany: ['count'],
  stayGuests: ['count'],
  homeTitle: [],
  homeEmpty: [],
  homeHow: [],
  homeDirect: [],
  homeDelivered: [],
  homeWaiting: ['waiting'],
  noText: [],
  withdrawn: [],
  threadUnknown: [],
  replyNotDelivered: ['platform', 'text', 'reason'],
  replyMaybeDelivered: ['platform', 'text', 'reason'],
  replyDeliveredAfterAll: ['platform', 'text'],
  whyTooLong: ['platform'],
  whyGuestGone: [],
  whyPlaceClosed: ['platform'],
  whyEnded: ['platform'],
  whyLinks: [],
  whyRequest: [],
  whySetUp: [],
  whyAway: ['platform', 'duration'],
  whyGuestUnknown: [],
  whyGivenUp: [],
  whyOther: [],
  turnDeliveredAfterAll: ['text'],
  turnNotDelivered: ['text'],
  turnUnreadable: [],
  turnMaybeDelivered: ['text'],
  aboutTitle: [],
  about: ['platforms'],
  privacyTitle: [],
  privacy: ['platforms', 'kept'],
  privacyErased: ['time'],
  privacyKept: [],
  privacyStay: [],
  termsTitle: [],
  terms: [],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type TextName = keyof typeof textArguments

/** Texts that were told apart before plurals could be: an operator who has replaced one of them reads it where one message is meant. */
export const singularOf = { statusWaiting: 'statusWaitingOne', statusUnrouted: 'statusUnroutedOne' } as const

/** What is filled in: names and words are taken literally, numbers choose the plural. */
export type TextValues = Readonly<Record<string, string | number>>

/** The bot's words in one language. */
export interface Texts {
  /** In which lists and durations within the texts are told (BCP 47). */
  readonly language: string
  readonly say: (name: TextName, values?: TextValues) => string
  /** In which language a text is, where this one has none of its own. */
  readonly languageOf: (name: TextName) => string
}

/** How a text names the hotel: `{property}` as it is called, `{hotel}` as the language's sentences need it. */
export const hotelValues = ({ say }: Texts, name: string | undefined): TextValues => {
  const anyHotel = say('anyHotel')
  if (name === undefined) return { property: anyHotel, hotel: anyHotel }
  return { property: name, hotel: say('hotelNamed', { property: name }) }
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
  return texts.say(textNames[reason], {
    platform,
    duration: formatDuration(failedForMs, texts.language, 0),
  })
}
