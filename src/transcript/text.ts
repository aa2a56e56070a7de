import type { Line } from './lines.ts'
import type { Texts, Transcript } from './read.ts'
import { stateOf, textOf, writerOf } from './words.ts'

/** For reading: one paragraph for each message. */
export async function* toText({ conversation, pages }: Transcript): Texts {
  const { id, guest, property } = conversation
  const head = [guest === '' ? 'Guest' : plain(guest), plain(property)].filter((part) => part !== '')
  yield `${plain(id)}\n${head.join(' · ')}\n`
  for await (const lines of pages) yield lines.map(paragraph).join('')
}

const paragraph = (line: Line): string => {
  const at = new Date(line.at).toISOString().slice(0, 19)
  return `\n${at}Z  ${plain(writerOf(line))}\n    ${indented(textOf(line))}\n    (${plain(stateOf(line))})\n`
}

const indented = (text: string): string => plain(text).replaceAll('\n', '\n    ')

/** Terminals must not obey what guests write. */
const plain = (text: string): string => text.replaceAll(/[^\P{Cc}\n\t]/gu, '')
