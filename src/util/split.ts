const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

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
