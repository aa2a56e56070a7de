import { type Line, stateOf, textOf, writerOf } from './lines.ts'
import { toPage } from './page.ts'
import type { Texts, Transcript } from './lines.ts'

/** A form in which a transcript can be had. */
export interface Format {
  readonly name: 'text' | 'json' | 'html' | 'transcript'
  /** Of the file, without a dot. */
  readonly extension: string
  readonly contentType: string
  /** Some of the text at a time, no sooner than it is asked for. */
  readonly write: (transcript: Transcript) => Texts
}

const paragraph = (line: Line): string => {
  const at = new Date(line.at).toISOString().slice(0, 19)
  return `\n${at}Z  ${plain(writerOf(line))}\n    ${indented(textOf(line))}\n    (${plain(stateOf(line))})\n`
}

const indented = (text: string): string => plain(text).replaceAll('\n', '\n    ')

/** Terminals must not obey what guests write. */
const plain = (text: string): string => text.replaceAll(/[^\P{Cc}\n\t]/gu, '')

const toMessage = ({ at, stateAt, ...line }: Line): object => ({
  ...line,
  at: time(at),
  stateAt: time(stateAt),
})

const time = (at: number): string => new Date(at).toISOString()

const toActivity = (line: Line, { id, guest, platform }: Transcript['conversation']): object => {
  const writer = writerOf(line)
  const isTurn = line.direction === 'turn'
  const person = { id: `guest-${id}`, name: isTurn ? writer : guest || 'Guest', role: 'user' }
  const bot = { id: 'hotel', name: isTurn ? 'Hotel' : writer, role: 'bot' }
  return {
    type: 'message',
    id: `${line.id}.${line.part}`,
    timestamp: new Date(line.at).toISOString(),
    channelId: platform === 'botframework' ? 'msteams' : platform,
    from: isTurn ? person : bot,
    recipient: isTurn ? bot : person,
    conversation: { id },
    text: textOf(line),
    textFormat: 'plain',
    channelData: { state: line.state, nativeId: line.nativeId, reason: line.reason },
  }
}

/** Every form; `transcript` opens in the Bot Framework Emulator. */
export const formats: readonly Format[] = [
  { name: 'text', extension: 'txt', contentType: 'text/plain; charset=utf-8', write: toText },
  { name: 'json', extension: 'json', contentType: 'application/json', write: toJsonDocument },
  { name: 'html', extension: 'html', contentType: 'text/html; charset=utf-8', write: toPage },
  { name: 'transcript', extension: 'transcript', contentType: 'application/json', write: toActivities },
]

/** For reading: one paragraph for each message. */
async function* toText({ conversation, pages }: Transcript): Texts {
  const { id, guest, property } = conversation
  const head = [guest === '' ? 'Guest' : plain(guest), plain(property)].filter((part) => part !== '')
  yield `${plain(id)}\n${head.join(' · ')}\n`
  for await (const lines of pages) yield lines.map(paragraph).join('')
}

/** For other programs: everything that is known, times as ISO 8601. */
async function* toJsonDocument({ conversation, pages }: Transcript): Texts {
  const { lastAt, ...about } = conversation
  const head = JSON.stringify({ conversation: { ...about, lastAt: time(lastAt) } }, undefined, 2)
  yield `${head.slice(0, -'\n}'.length)},\n  "messages": `
  yield* toJsonList(pages, toMessage, '  ')
  yield '\n}\n'
}

/** A JSON array of what is made of each line, as `JSON.stringify` would indent it. */
async function* toJsonList(pages: Transcript['pages'], toItem: (line: Line) => object, indent = ''): Texts {
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

/**
 * The Bot Framework Emulator's `.transcript`: a JSON array of activities
 * (https://github.com/Microsoft/botframework-sdk/blob/main/specs/transcript/transcript.md). The hotel speaks as the bot.
 */
async function* toActivities({ conversation, pages }: Transcript): Texts {
  yield* toJsonList(pages, (line) => toActivity(line, conversation))
  yield '\n'
}
