const controls = /(?![\n\t])\p{Cc}|\p{Bidi_Control}/gu

/** Removes control and direction-changing characters, which can make a text look like another one. */
export const cleanText = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/\r\n?|[\u2028\u2029]/g, '\n')
    .replaceAll(controls, '')

const invisible = /^[\s\p{Default_Ignorable_Code_Point}\p{Cc}\u2800]*$/u

/** Whether nothing of a text can be seen: it is empty, or white space and characters without a shape, such as U+200B. */
export const isBlank = (text: string): boolean => invisible.test(text)

/** A name on one line; empty when nothing of it can be seen. */
export const cleanName = (name: string): string => {
  const clean = cleanText(name).replaceAll(/\s+/g, ' ').trim()
  return isBlank(clean) ? '' : clean
}

/** Text as it is compared and searched: without case and accents. */
export const fold = (text: string): string => text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase()

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/**
 * Cuts text into parts of at most `limit` UTF-16 units at paragraphs, lines, sentences or words, never through a
 * grapheme unless one alone is longer, and never through a surrogate pair. Only white space at the cuts is dropped.
 */
export const splitText = (text: string, limit: number): readonly string[] => {
  const parts: string[] = []
  let rest = text
  while (rest.length > limit) {
    const end = cutAt(rest, limit)
    const part = rest.slice(0, end).trimEnd()
    if (part !== '') parts.push(part)
    rest = rest.slice(end).trimStart()
  }
  if (rest !== '' || parts.length === 0) parts.push(rest)
  return parts
}

/** A number of things for people: `1 message`, `2 messages`; `many` where it takes more than an s. */
export const countOf = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`

/**
 * Text that no terminal obeys: every control character but tab and the end of a line, and every one that turns the direction of
 * writing, stands as its escape `\u001b`. JSON stays the same JSON.
 */
export const printable = (text: string): string =>
  text.replaceAll(
    /[^\P{Cc}\n\t]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** An id as it was recorded, from how it was printed. */
export const unprinted = (text: string): string =>
  text.replaceAll(/\\u([\da-f]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))

/** What another system says, as a reason for people quotes it: in marks by which the log finds it again. */
export const quote = (text: string): string => `“${text.replaceAll(/[“”]/g, '"')}”`

/**
 * A reason for the log. What another system says may repeat a guest's words: the console shows it, a log never does. A quotation that
 * was cut before its closing mark goes to the end.
 */
export const withoutQuotations = (text: string): string => text.replaceAll(/“[^”]*(?:”|$)/g, '“…”')

/** How much of a text is shown where many are listed, in characters. */
export const excerptLength = 500

/** The beginning of a text, and `…` where there is more of it. */
export const cutExcerpt = (text: string): string => {
  if (text.length <= excerptLength) return text
  const characters = Array.from(text.slice(0, 2 * (excerptLength + 1)))
  return characters.length <= excerptLength ? text : `${characters.slice(0, excerptLength).join('')}…`
}

const units = [
  ['day', 24 * 3_600_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

/**
 * A span of time in its largest whole unit, in a language (BCP 47): `30 days`, `1,5 Stunden`; at least a minute. `digits`: at most so many
 * after the point.
 */
export function formatDuration(ms: number, language: string, digits = 1): string {
  const [unit, length] = units.find(([, size]) => ms >= size) ?? units[2]
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit,
    unitDisplay: 'long',
    maximumFractionDigits: digits,
  }).format(Math.max(1, ms / length))
}

/** How long ago, in the largest unit that says something. */
export const ago = (ms: number): string => {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 120) return `${seconds} s`
  if (seconds < 120 * 60) return `${Math.round(seconds / 60)} min`
  return seconds < 48 * 3600 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`
}

/** The last place at or before `limit` where text may be cut: paragraph, line, sentence, word, else between graphemes. */
const cutAt = (text: string, limit: number): number => {
  const head = text.slice(0, limit + 1)
  for (const mark of ['\n\n', '\n', '. ', ' ']) {
    const at = head.lastIndexOf(mark)
    if (at > limit / 2) return Math.min(at + (mark === '. ' ? 1 : 0), limit)
  }
  let end = 0
  for (const { index, segment } of graphemes.segment(head)) {
    if (index + segment.length > limit) break
    end = index + segment.length
  }
  if (end > 0) return end
  const first = text.charCodeAt(limit - 1)
  return limit > 1 && first >= 0xd800 && first <= 0xdbff ? limit - 1 : limit
}
