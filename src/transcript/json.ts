import type { Line } from './lines.ts'
import type { Texts, Transcript } from './read.ts'

/** For other programs: everything that is known, times as ISO 8601. */
export async function* toJsonDocument({ conversation, pages }: Transcript): Texts {
  const { lastAt, ...about } = conversation
  const head = JSON.stringify({ conversation: { ...about, lastAt: time(lastAt) } }, undefined, 2)
  yield `${head.slice(0, -'\n}'.length)},\n  "messages": `
  yield* toJsonList(pages, toMessage, '  ')
  yield '\n}\n'
}

/** A JSON array of what is made of each line, as `JSON.stringify` would indent it. */
export async function* toJsonList(
  pages: Transcript['pages'],
  toItem: (line: Line) => object,
  indent = '',
): Texts {
  let before = '['
  for await (const lines of pages) {
    if (lines.length === 0) continue
    const items = lines.map((line) => JSON.stringify(toItem(line), undefined, 2))
    const text = items.join(',\n').replaceAll('\n', `\n${indent}  `)
    yield `${before}\n${indent}  ${text}`
    before = ','
  }
  yield before === '[' ? '[]' : `\n${indent}]`
}

const toMessage = ({ at, stateAt, ...line }: Line): object => ({
  ...line,
  at: time(at),
  stateAt: time(stateAt),
})

const time = (at: number): string => new Date(at).toISOString()
