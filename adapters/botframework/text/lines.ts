/** Quotations in quotations, or lists in lists, are shown this deep. */
export const deepest = 5

/** Where words become lines. */
export interface Lines {
  add(words: string): void
  /** Ends the line if anything stands on it. */
  flush(): void
  /** Ends the line in any case. */
  end(): void
  /** What the next line begins with, once it has words. */
  mark(marker: string): void
  quote(levels: 1 | -1): void
  isEmpty(): boolean
  text(): string
}

/** Lines without white space at their ends, each behind the marks of its quotation and item. */
export const createLines = (): Lines => {
  const lines: string[] = []
  let line = ''
  let marker = ''
  let quotes = 0
  let last = ''
  const end = (): void => {
    lines.push('> '.repeat(Math.min(quotes, deepest)) + marker + line.trimEnd())
    marker = ''
    line = ''
  }
  const flush = (): void => {
    if (/[^ ]/.test(line)) end()
    else line = ''
  }
  return {
    add: (words) => {
      const added = line === '' || last === ' ' ? words.replace(/^ /, '') : words
      line += added
      // Checking the end of a long line each time would take quadratic time.
      last = added.at(-1) ?? last
    },
    flush,
    end,
    mark: (next) => {
      flush()
      marker = next
    },
    quote: (levels) => {
      flush()
      marker = ''
      quotes = Math.max(0, quotes + levels)
    },
    isEmpty: () => line === '',
    text: () => {
      flush()
      return lines.join('\n').replaceAll('\u{a0}', ' ')
    },
  }
}
