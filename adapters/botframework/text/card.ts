import type { AdapterContext, Choice } from '../../../src/port.ts'
import { cleanName, cleanText, isBlank } from '../../../src/util/text.ts'
import { choiceField, type Fields, readFields, readSender, readString } from '../wire.ts'
import { htmlToText } from './html.ts'

/** With more answers than this there are no buttons, and people answer in words. */
const most = 25

/** An attachment with a card of one button under the other. */
export interface Card {
  readonly contentType: 'application/vnd.microsoft.card.adaptive'
  readonly content: object
}

/**
 * The answers as buttons of an Adaptive Card; none where there are too many. Each is a set of its own, as Teams shows no more than
 * six of one (https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-reference).
 */
export const toCards = (choices: readonly Choice[] = []): readonly Card[] => {
  if (choices.length === 0 || choices.length > most) return []
  const body = choices.map(({ id, label }) => ({
    type: 'ActionSet',
    actions: [{ type: 'Action.Submit', title: cleanText(label), data: { [choiceField]: id } }],
  }))
  const content = { $schema: 'https://adaptivecards.io/schemas/adaptive-card.json', version: '1.2', body }
  return [
    { contentType: 'application/vnd.microsoft.card.adaptive', content: { type: 'AdaptiveCard', ...content } },
  ]
}

/** More of a card is not shown, in UTF-16 units. */
const longestCard = 4000

/**
 * The words of a card that somebody passes on, each line behind `> `, its buttons left out; undefined where it has none. Takes Adaptive Cards
 * and the older kinds (https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-reference).
 */
export const readCardWords = (card: Fields, say: AdapterContext['say']): string | undefined => {
  const words = collectWords(card, 0).join('\n')
  if (words === '') return undefined
  if (words.length <= longestCard) return toQuote(words)
  const head = words.slice(0, longestCard).toWellFormed().trimEnd()
  return `${toQuote(head)}\n${say('shortened', { platform: 'Microsoft Teams' })}`
}

/** A message that somebody forwards, below a line that names who wrote it. */
export const readForwarded = (fields: Fields, say: AdapterContext['say']): string => {
  const name = cleanName(readSender(fields['originalMessageSender']) ?? '')
  const header = name === '' ? say('forwardedMessage') : say('forwarded', { name })
  const words = htmlToText(readString(fields['originalMessageContent']) ?? '')
  return `${header}\n${isBlank(words) ? say('unreadable', { platform: 'Microsoft Teams' }) : toQuote(words)}`
}

/** What people see of an element, in this order. */
const wordFields = [
  'title',
  'name',
  'key',
  'label',
  'subtitle',
  'activityTitle',
  'activitySubtitle',
  'activityText',
  'text',
  'value',
  'price',
  'altText',
] as const

/** Where an element has further ones. */
const innerFields = ['facts', 'body', 'items', 'columns', 'rows', 'cells', 'sections', 'card'] as const

const deepest = 20

function collectWords(element: unknown, depth: number): readonly string[] {
  if (depth > deepest) return []
  if (Array.isArray(element)) return element.flatMap((one) => collectWords(one, depth + 1))
  const fields = readFields(element)
  if (fields === undefined) return []
  const words = wordFields.flatMap((name) => readString(fields[name]) ?? [])
  const own = isFact(fields) ? [words.join(': ')] : [...words, toLine(fields['inlines'])]
  return [...own.flatMap(toLines), ...innerFields.flatMap((name) => collectWords(fields[name], depth + 1))]
}

/** Pieces of one text, which are texts or elements with one. */
function toLine(inlines: unknown): string {
  const pieces: readonly unknown[] = Array.isArray(inlines) ? inlines : []
  return pieces.map((piece) => readString(piece) ?? readString(readFields(piece)?.['text']) ?? '').join('')
}

function isFact(fields: Fields): boolean {
  return fields['value'] !== undefined || fields['price'] !== undefined
}

function toLines(text: string): readonly string[] {
  return text.split('\n').filter((line) => !isBlank(line))
}

function toQuote(text: string): string {
  return text.replaceAll(/^/gm, '> ')
}
