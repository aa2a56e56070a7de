/** Text between Slack and plain text (https://docs.slack.dev/messaging/formatting-message-text). */

import { cleanText } from '../../../src/util/text.ts'
import { formatDate, plainFormat } from './dates.ts'

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** Escapes characters for mrkdwn. */
export const escapeText = (text: string): string =>
  text.replaceAll(/[&<>]/g, (character) => escapes[character] ?? '')

/** Plain text for `chat.postMessage`: nothing in it can mention anyone, link or page the channel. */
export const toSlackText = (text: string): string => escapeText(cleanText(text))

const entities: Readonly<Record<string, string>> = { '&lt;': '<', '&gt;': '>', '&amp;': '&' }

/** The characters that mrkdwn's entities stand for. */
export const decodeText = (text: string): string =>
  text.replaceAll(/&(?:lt|gt|amp);/g, (entity) => entities[entity] ?? entity)

/** Slack's mrkdwn as plain text: control sequences become words, entities characters; emphasis marks stay as they were typed. */
export const toPlainText = (mrkdwn: string, known: Known = {}): string =>
  cleanText(
    mrkdwn
      .split(/(<[^<>]*>)/)
      .map((piece) =>
        piece.startsWith('<') && piece.endsWith('>') ? toPlain(piece.slice(1, -1), known) : decodeText(piece),
      )
      .join(''),
  )

/** The users whom a text mentions without saying their names. */
export const mentionedUsers = (mrkdwn: string): readonly string[] => [
  ...new Set(Array.from(mrkdwn.matchAll(/<@(\w+)>/g), ([, user = '']) => user)),
]

/** The text without a mention of one of these users at its beginning; as it was when nothing else is in it. */
export const withoutMention = (mrkdwn: string, users: readonly string[]): string => {
  const [mention = '', user = ''] = /^\s*<@(\w+)(?:\|[^<>]*)?>[\s,:]*/.exec(mrkdwn) ?? []
  const rest = mrkdwn.slice(mention.length)
  return users.includes(user) && rest !== '' ? rest : mrkdwn
}

/** An address and the words on it as mrkdwn. */
export const toLink = (url: string, label: string): string =>
  label === '' ? `<${escapeText(url)}>` : `<${escapeText(url)}|${escapeText(label)}>`

/** What the text itself does not say. */
interface Known {
  /** A person's name by Slack user id. */
  readonly nameOf?: (user: string) => string | undefined
  /** The hotel's, an IANA name. */
  readonly timeZone?: string | undefined
}

const toPlain = (sequence: string, { nameOf, timeZone }: Known): string => {
  const bar = sequence.indexOf('|')
  const target = decodeText(bar === -1 ? sequence : sequence.slice(0, bar))
  const label = bar === -1 ? '' : decodeText(sequence.slice(bar + 1))
  const rest = target.slice(1)
  if (target.startsWith('@')) return `@${(label === '' ? nameOf?.(rest) : label) ?? rest}`
  if (target.startsWith('#')) return `#${label === '' ? rest : label}`
  if (target.startsWith('!')) return toSpecial(rest, label, timeZone)
  return toPlainLink(target, label)
}

/** `<!here>`, `<!subteam^S1|@desk>`, `<!date^…>` */
const toSpecial = (command: string, label: string, timeZone: string | undefined): string => {
  const [name = ''] = command.split('^')
  if (name === 'date') return toDate(command, label, timeZone)
  if (name === 'subteam') return label === '' ? '@group' : label
  return label === '' ? `@${name}` : label
}

/** `<!date^1793640011^{date_short} {time}^https://mews.com|2 November>`; the label only where the date cannot be told. */
const toDate = (command: string, label: string, timeZone: string | undefined): string => {
  const [, timestamp = '', format = '', link = ''] = command.split('^')
  const seconds = timestamp === '' ? NaN : Number(timestamp)
  const date =
    formatDate(seconds, format, timeZone) ?? (label || formatDate(seconds, plainFormat, timeZone) || format)
  return link === '' ? date : toPlainLink(link, date)
}

/** `<https://mews.com|our page>` → `our page (https://mews.com)`; a label that only repeats the address is left out. */
const toPlainLink = (address: string, label: string): string => {
  const shown = address.replace(/^(?:mailto|tel):/, '')
  if (label === '' || label === shown || label === address) return shown
  return shown.replace(/^https?:\/\//, '').replace(/\/$/, '') === label ? label : `${label} (${shown})`
}
