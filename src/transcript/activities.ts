import type { Line } from './lines.ts'
import type { Transcript } from './read.ts'
import { textOf, writerOf } from './words.ts'

/**
 * The Bot Framework Emulator's `.transcript`: a JSON array of activities
 * (https://github.com/Microsoft/botframework-sdk/blob/main/specs/transcript/transcript.md). The hotel speaks as the bot.
 */
export const toActivities = ({ conversation, lines }: Transcript): string => {
  const people = (line: Line): readonly [object, object] => {
    const guest = { id: `guest-${conversation.id}`, name: conversation.guest || 'Guest', role: 'user' }
    const writer = writerOf(line)
    const bot = { id: 'hotel', name: line.direction === 'reply' ? writer : 'Hotel', role: 'bot' }
    return line.direction === 'turn' ? [{ ...guest, name: writer }, bot] : [bot, guest]
  }
  const activities = lines.map((line) => {
    const [from, recipient] = people(line)
    return {
      type: 'message',
      id: `${line.id}.${line.part}`,
      timestamp: new Date(line.at).toISOString(),
      channelId: conversation.platform === 'botframework' ? 'msteams' : conversation.platform,
      from,
      recipient,
      conversation: { id: conversation.id },
      text: textOf(line),
      textFormat: 'plain',
      channelData: { state: line.state, nativeId: line.nativeId, reason: line.reason },
    }
  })
  return `${JSON.stringify(activities, undefined, 2)}\n`
}
