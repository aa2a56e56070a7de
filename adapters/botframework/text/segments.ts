import { cleanName, cleanText } from '../../../src/util/text.ts'
import type { Quote } from '../wire.ts'

/** A part of a message: the writer's own words, or what they answer to, each line behind `> `. */
export interface Segment {
  readonly kind: 'words' | 'quotation'
  readonly text: string
}

/** What a message answers to, told once each. */
export interface Quotations {
  /** The quotation with this id of a message; empty once it was told, undefined where it is unknown. */
  take(id: string): string | undefined
  /** Notes that the message itself shows it; false when it was told before. */
  tell(id: string): boolean
  /** What was not told yet, in the order of the entities. */
  rest(): readonly Segment[]
}

/** Keeps count of the quotations of one message. */
export const createQuotations = (quotes: readonly Quote[]): Quotations => {
  const told = new Set<string>()
  const byId = new Map(quotes.map((quote) => [quote.messageId ?? '', quote]))
  const tell = (id: string): boolean => {
    if (told.has(id)) return false
    told.add(id)
    return true
  }
  return {
    take: (id) => {
      const quote = byId.get(id)
      if (quote === undefined) return undefined
      return tell(id) ? toQuotation(quote) : ''
    },
    tell,
    rest: () =>
      quotes
        .filter(({ messageId }) => messageId === undefined || tell(messageId))
        .map((quote) => ({ kind: 'quotation', text: toQuotation(quote) })),
  }
}

/** The text in place of a quotation that Teams does not show. */
const unknown = '> …'

/** The placeholder of a quotation in a text. Nothing else that stands between such brackets is one: people write them, too. */
const placeholder = /<quoted\s+messageId\s*=\s*(?:"([^"<>]*)"|'([^'<>]*)')\s*\/?>(?:<\/quoted>)?/gi

/** Cuts a text where it answers to something. */
export const cutAtQuotations = (text: string, quotations: Quotations): readonly Segment[] => {
  const segments: Segment[] = []
  let from = 0
  const addWords = (words: string): void => void segments.push({ kind: 'words', text: words })
  for (const match of text.matchAll(placeholder)) {
    const quotation = quotations.take(match[1] ?? match[2] ?? '') ?? unknown
    addWords(text.slice(from, match.index))
    segments.push({ kind: 'quotation', text: quotation })
    from = match.index + match[0].length
  }
  addWords(text.slice(from))
  return segments
}

/** The segments as one text, those without words left out. */
export const joinSegments = (segments: readonly Segment[]): string =>
  tidy(
    segments
      .map(({ text }) => tidy(text))
      .filter((text) => text !== '')
      .join('\n'),
  )

/** `> ` before each line: who wrote it, and how it begins. */
function toQuotation({ sender = '', preview = '' }: Quote): string {
  const lines = [cleanName(sender), tidy(preview)].filter((line) => line !== '')
  return lines.length === 0 ? unknown : lines.join('\n').replaceAll(/^/gm, '> ')
}

/** Text without characters that deceive, white space at the ends of lines, and more than one empty line at a time. */
const tidy = (text: string): string =>
  cleanText(text)
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()
