/** What stands where a name or a quotation was. */
const gap = '[erased]'

/** A shorter line could be anyone's. */
const quoteLength = 12

export interface Traces {
  /** Full names. A part of one counts where it is written with a capital letter. */
  readonly names: readonly string[]
  readonly ids: readonly string[]
  /** What the person has written: each longer line of it counts. */
  readonly texts: readonly string[]
}

/** Removes a person's names, ids and own words from what others wrote; other text stays as it is. */
export const createRedact = ({ names, ids, texts }: Traces): ((text: string) => string) => {
  const known = names.filter((name) => name.trim() !== '')
  const parts = known.flatMap((name) => name.split(/[\s,]+/)).filter((part) => /^\p{Lu}\p{L}/u.test(part))
  const patterns = [
    among(new Set(known), 'giu'),
    among(new Set([...parts, ...ids.filter((id) => id !== '')]), 'gu'),
  ]
  const withoutQuotes = createQuoteSearch(texts)
  return (text) => {
    let left = withoutQuotes(text)
    for (const pattern of patterns) if (pattern !== undefined) left = left.replaceAll(pattern, gap)
    return left
  }
}

/**
 * Puts the gap in the place of each longer line of these texts, the longest that begins at a place. A line is looked up by its beginning, so
 * the time grows with the text and not with the number of lines.
 */
const createQuoteSearch = (texts: readonly string[]): ((text: string) => string) => {
  const lines = texts.flatMap((text) => text.split('\n')).map((line) => line.trim())
  const quotes = new Set(lines.filter((line) => line.length >= quoteLength))
  /** The lengths of the lines that begin so, the longest first. */
  const byBeginning = new Map(
    Array.from(
      Map.groupBy(quotes, (quote) => quote.slice(0, quoteLength)),
      ([beginning, alike]) => [beginning, lengthsOf(alike)] as const,
    ),
  )
  return (text) => {
    if (byBeginning.size === 0) return text
    let left = ''
    let from = 0
    for (let at = 0; at + quoteLength <= text.length; at += 1) {
      const lengths = byBeginning.get(text.slice(at, at + quoteLength))
      const length = lengths?.find((each) => quotes.has(text.slice(at, at + each)))
      if (length === undefined) continue
      left += text.slice(from, at) + gap
      from = at + length
      at = from - 1
    }
    return from === 0 ? text : left + text.slice(from)
  }
}

const lengthsOf = (texts: readonly string[]): readonly number[] =>
  Array.from(new Set(texts.map(({ length }) => length))).toSorted((one, other) => other - one)

/** Changes every text in a JSON document; what is not JSON is one text. */
export const mapTexts = (json: string, change: (text: string) => string): string => {
  try {
    const parsed: unknown = JSON.parse(json)
    let changed = false
    const next = JSON.stringify(parsed, (_, value: unknown) => {
      if (typeof value !== 'string') return value
      const text = change(value)
      changed ||= text !== value
      return text
    })
    return changed ? next : json
  } catch {
    return change(json)
  }
}

const among = (words: ReadonlySet<string>, flags: string): RegExp | undefined =>
  words.size === 0
    ? undefined
    : new RegExp(
        `(?<![\\p{L}\\p{N}])(?:${Array.from(words, escaped)
          .toSorted((one, other) => other.length - one.length)
          .join('|')})(?![\\p{L}\\p{N}])`,
        flags,
      )

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
