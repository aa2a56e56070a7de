import { hash } from 'node:crypto'
import type { ConversationId } from '../port.ts'
import { type Marks, secretMark } from '../store/types.ts'

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** A conversation across platforms: `<platform>:<conversation id>`. */
export const conversationKey = (platform: string, conversation: ConversationId | string): string =>
  `${platform}:${conversation}`

/** The platform's name inside a conversation key. */
export const platformOf = (conversation: string): string => conversation.slice(0, conversation.indexOf(':'))

/** Databases index no longer ones. */
const longestKey = 512

/** The key of a platform's event among those of all platforms. */
export const eventKey = (platform: string, key: string): string =>
  `${platform}:${key.length <= longestKey ? key : `#${shortHash(key, 32)}`}`

/** The lane of what a conversation's guests write. */
export const turnLane = (conversation: string): string => `turn:${conversation}`

/** The lane of what the hotel writes to a conversation. */
export const replyLane = (conversation: string): string => `reply:${conversation}`

/** The conversation key inside a lane's name. */
export const conversationOf = (lane: string): string => lane.slice(lane.indexOf(':') + 1)

/** The lanes of turns that one property's sender claims. */
export const turnGroup = (property: string): string => `turn:${property}`

/** The property of such a group. */
export const propertyOfGroup = (group: string): string => group.slice(group.indexOf(':') + 1)

/** The lanes of turns on a platform whose property is not known. */
export const unroutedGroup = (platform: string): string => `unrouted:${platform}`

/** The lanes of replies that one platform's deliverer claims. */
export const replyGroup = (platform: string): string => `reply:${platform}`

/** The lane, alone in its group, of the messages that Mews announced for a property. */
export const hookLane = (property: string): string => `hook:${property}`

/** The mark that tells which of a property’s operations fail, and since when. */
export const failingMark = (property: string): string => `failing:${property}`

/** The mark that tells why they do; empty while nothing fails. */
export const reasonMark = (property: string): string => `reason:${property}`

/** The mark that tells when that was last tried, about. */
export const triedMark = (property: string): string => `tried:${property}`

/** The mark that tells which enterprise a property’s access token opens, as Mews said. */
export const enterpriseMark = (property: string): string => `enterprise:${property}`

/** The mark that tells a property’s time zone, as Mews said last. */
export const timeZoneMark = (property: string): string => `time-zone:${property}`

/** The mark that tells which operation Mews refuses where stays are looked up for a property, and since when; empty where it refuses none. */
export const stayRefusedMark = (property: string): string => `stay-refused:${property}`

/** The marks that tell a property’s name and language, as Mews said last. */
export const nameMark = (property: string): string => `name:${property}`

export const languageMark = (property: string): string => `language:${property}`

/** The name of one part of an entry on its way, the same for every attempt: 26 characters of `[a-z0-9-]`. */
export const deliveryId = (lane: string, entry: string, part: number): string =>
  `d-${shortHash(`${lane}|${entry}|${part}`, 24).toLowerCase()}`

/** The name of a wait's alarm, the same for every attempt: 30 characters of `[a-z0-9-]`. */
export const alarmId = (thread: string, since: number, minutes: number): string =>
  `alarm-${shortHash(`${thread}|${since}|${minutes}`, 24).toLowerCase()}`

/** The name of a property among the answers to choose from: 12 characters of `[a-z0-9-]`. */
export const choiceId = (property: string): string => `h-${shortHash(property, 10).toLowerCase()}`

/** The references that threads carry in their subjects. They follow from a secret in the database, so that a backup gives the same ones, and knowing the conversation is not enough. */
export interface References {
  /** A conversation's first `count` references at a property. */
  of(property: string, conversation: string, count: number): Promise<readonly string[]>
}

/** The words of a thread's subject that may be a reference of ours, or of another connector. */
export const referencesIn = ({ subject }: { readonly subject: string }): readonly string[] =>
  subject.match(/[0-9A-HJKMNP-TV-Z]{10}/g) ?? []

export const createReferences = (marks: Marks): References => {
  const secrets = new Map<string, string>()

  const secretOf = async (property: string): Promise<string> => {
    const known = secrets.get(property)
    if (known !== undefined) return known
    // Databases that were begun before they had a secret have one for each property.
    const own = await marks.get(`references:${property}`)
    const secret = own ?? `${await marks.get(secretMark)}|${property}`
    secrets.set(property, secret)
    return secret
  }

  return {
    of: async (property, conversation, count) => {
      const secret = await secretOf(property)
      return Array.from({ length: count }, (_, index) => threadReference(secret, conversation, index))
    },
  }
}

/** The first `length` characters of a text's hash in Crockford's base 32, which has no letters that look alike. */
const shortHash = (text: string, length: number): string => {
  const bytes = hash('sha256', text, 'buffer')
  return Array.from(bytes.subarray(0, length), (byte) => alphabet[byte % 32]).join('')
}

/** The reference in a thread's subject, by which the thread is found again: ten letters and digits, different for each of a conversation's threads. */
const threadReference = (secret: string, conversation: string, index: number): string =>
  shortHash(`${secret}|${conversation}|${index}`, 10)
