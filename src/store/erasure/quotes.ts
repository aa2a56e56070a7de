/** A shorter line could be anyone's. */
const quoteLength = 12

/** What a person has written, line by line, to be found in what others wrote. */
export interface Quotes {
  add(text: string): void
  /** Puts the gap in the place of each longer line, the longest that begins at a place. */
  remove(text: string, gap: string): string
}

/** Keeps digests of the lines, since a conversation may be larger than the memory. A look-up takes no longer because there are many. */
export const createQuotes = (): Quotes => {
  const lines: Lines = { beginnings: new Set(), going: new Set(), whole: new Set() }
  return {
    add: (text) => {
      for (const line of text.split('\n')) addLine(lines, line.trim())
    },
    remove: (text, gap) => {
      if (lines.whole.size === 0) return text
      let left = ''
      let from = 0
      let beginning = digestBeginning(text, 0)
      for (let at = 0; at + quoteLength <= text.length;) {
        const length = lines.beginnings.has(beginning) ? longestAt(lines, text, at) : 0
        if (length === 0) {
          beginning = slide(beginning, text, at)
          at += 1
          continue
        }
        left += text.slice(from, at) + gap
        from = at + length
        at = from
        beginning = digestBeginning(text, at)
      }
      return from === 0 ? text : left + text.slice(from)
    },
  }
}

/** Digests of lines. */
interface Lines {
  /** Of their first characters, as many as the shortest line has. */
  readonly beginnings: Set<number>
  /** Of what stands before each stretch of a line. */
  readonly going: Set<number>
  readonly whole: Set<number>
}

/** After so many characters it is seen whether any line goes on like this. */
const stretchLength = 128

const addLine = ({ beginnings, going, whole }: Lines, line: string): void => {
  if (line.length < quoteLength) return
  const digest = createDigest()
  for (let index = 0; index < line.length; index += 1) {
    if (index > 0 && index % stretchLength === 0) going.add(digest.value())
    digest.add(line.charCodeAt(index))
  }
  beginnings.add(digestBeginning(line, 0))
  whole.add(digest.value())
}

/** The length of the longest line that stands there; 0: none does. */
const longestAt = ({ going, whole }: Lines, text: string, at: number): number => {
  let found = 0
  const digest = createDigest()
  for (let length = 0; at + length < text.length;) {
    if (length > 0 && length % stretchLength === 0 && !going.has(digest.value())) break
    digest.add(text.charCodeAt(at + length))
    length += 1
    if (length >= quoteLength && whole.has(digest.value())) found = length
  }
  return found
}

/** Of 53 bits, so that two lines hardly ever have the same. */
const createDigest = () => {
  let high = 0
  let low = 0x811c9dc5
  return {
    add: (code: number): void => {
      high = (Math.imul(high, 0x01000193) + code) | 0
      low = Math.imul(low ^ code, 0x01000193)
    },
    value: (): number => (high >>> 0) * 2 ** 21 + (low >>> 11),
  }
}

const base = 0x2c9277b5

/** What the first character of a beginning counts. */
const firstWeight = Array.from({ length: quoteLength - 1 }).reduce(
  (weight: number) => Math.imul(weight, base),
  1,
)

/** Of the next characters, as many as the shortest line has. */
const digestBeginning = (text: string, at: number): number => {
  let digest = 0
  for (let index = at; index < at + quoteLength; index += 1)
    digest = (Math.imul(digest, base) + text.charCodeAt(index)) | 0
  return digest
}

/** The digest one character further on. */
const slide = (digest: number, text: string, at: number): number => {
  const rest = digest - Math.imul(text.charCodeAt(at), firstWeight)
  return (Math.imul(rest, base) + text.charCodeAt(at + quoteLength)) | 0
}
