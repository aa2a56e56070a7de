import type { Transcript } from './read.ts'
import { stateOf, textOf, writerOf } from './words.ts'

/** Terminals must not obey what guests write. */
const plain = (text: string): string => text.replaceAll(/[^\P{Cc}\n\t]/gu, '')

const indented = (text: string): string => plain(text).replaceAll('\n', '\n    ')

/** For reading: one paragraph for each message. */
export const toText = ({ conversation, lines }: Transcript): string => {
  const { id, guest, property } = conversation
  const head = [guest === '' ? 'Guest' : plain(guest), property].filter((part) => part !== '').join(' · ')
  const paragraphs = lines.map((line) => {
    const at = new Date(line.at).toISOString().slice(0, 19)
    return `${at}Z  ${plain(writerOf(line))}\n    ${indented(textOf(line))}\n    (${plain(stateOf(line))})`
  })
  return [`${id}\n${head}`, ...paragraphs].join('\n\n') + '\n'
}
