import type { Quotes } from './quotes.ts'

/** What stands where a name or a quotation was. */
const gap = '[erased]'

export interface Traces {
  /** Full names. A part of one counts where it is written with a capital letter. */
  readonly names: readonly string[]
  readonly ids: readonly string[]
  /** What the person has written. */
  readonly quotes: Pick<Quotes, 'remove'>
}

/** Removes a person's names, ids and own words from what others wrote; other text stays as it is. */
export const createRedact = ({ names, ids, quotes }: Traces): ((text: string) => string) => {
  const known = names.filter((name) => name.trim() !== '')
  const parts = known.flatMap((name) => name.split(/[\s,]+/)).filter((part) => /^\p{Lu}\p{L}/u.test(part))
  const patterns = [
    among(new Set(known), 'giu'),
    among(new Set([...parts, ...ids.filter((id) => id !== '')]), 'gu'),
  ]
  return (text) => {
    let left = quotes.remove(text, gap)
    for (const pattern of patterns) if (pattern !== undefined) left = left.replaceAll(pattern, gap)
    return left
  }
}

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
