import { toJsonList } from './json.ts'
import type { Line } from './lines.ts'
import type { Texts, Transcript } from './read.ts'
import { textOf, writerOf } from './words.ts'

/**
 * The Bot Framework Emulator's `.transcript`: a JSON array of activities
 * (https://github.com/Microsoft/botframework-sdk/blob/main/specs/transcript/transcript.md). The hotel speaks as the bot.
 */
export async function* toActivities({ conversation, pages }: Transcript): Texts {
  yield* toJsonList(pages, (line) => toActivity(line, conversation))
  yield '\n'
}

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
