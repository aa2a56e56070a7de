import type { Json } from '../../port.ts'
import type { Chat, ChatMessage } from './chats.ts'

const bot = { id: '28:sandbox', name: 'Front desk' }
const tenantId = '00000000-0000-4000-8000-00000000cafe'

/** What Teams sends to a bot when a guest wrote `message`; in a channel it is sent because the guest mentions the bot. */
export const toActivity = (chat: Chat, message: ChatMessage, serviceUrl: string): Json => {
  const personal = chat.kind === 'personal'
  const mention = `<at>${bot.name}</at>`
  return {
    type: 'message',
    id: message.id,
    timestamp: new Date(message.at).toISOString(),
    channelId: 'msteams',
    serviceUrl,
    from: { id: `29:${encodeURIComponent(message.author)}`, name: message.author },
    recipient: bot,
    conversation: {
      id: chat.conversationId,
      conversationType: chat.kind,
      tenantId,
      isGroup: !personal,
    },
    text: personal ? message.text : `${mention} ${message.text}`,
    textFormat: 'plain',
    entities: personal ? [] : [{ type: 'mention', mentioned: bot, text: mention }],
    channelData: { tenant: { id: tenantId } },
  }
}

/** The text of an activity that a bot sent, or undefined when it carries none (typing and the like) or is none. */
export const readReplyText = (activity: unknown): string | undefined => {
  if (typeof activity !== 'object' || activity === null) return undefined
  const { type, text } = activity as { readonly type?: unknown; readonly text?: unknown }
  return type === 'message' && typeof text === 'string' && text !== '' ? text : undefined
}
