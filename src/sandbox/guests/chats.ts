export interface ChatMessage {
  /** Milliseconds, unique inside the chat: Teams' own form of activity ids. */
  readonly id: string
  readonly from: 'guest' | 'hotel'
  /** The guest's name; empty for the hotel. */
  readonly author: string
  readonly text: string
  readonly at: number
  readonly state: MessageState
  /** Why it was not sent; for people. */
  readonly reason?: string
}

/** One guest's view of a conversation with the hotel. */
export interface Chat {
  /** Names the chat in addresses of pages: `[0-9a-z]`. */
  readonly key: string
  readonly conversationId: string
  readonly kind: ChatKind
  /** Who opened it. */
  readonly guest: string
  readonly messages: readonly ChatMessage[]
}

/** All chats, in memory: the newest 200 with the newest 1000 messages each. */
export interface Chats {
  /** Newest first. */
  list(): readonly Chat[]
  find(key: string): Chat | undefined
  findByConversation(conversationId: string): Chat | undefined
  open(guest: string, kind: ChatKind): Chat
  /** Adds a message with an id of its own. */
  add(chat: Chat, message: Omit<ChatMessage, 'id' | 'at'>): ChatMessage
  /** Changes a message's state; nothing happens when it is no longer kept. */
  mark(chat: Chat, id: string, state: MessageState, reason?: string): void
}

const keptChats = 200

const keptMessages = 1000

/** Remembers the guests' chats until the process ends. */
export const createChats = ({ now, random, changed }: Environment): Chats => {
  const chats = new Map<string, Chat & { messages: ChatMessage[] }>()
  const newKey = (): string =>
    Math.floor(random() * 36 ** 8)
      .toString(36)
      .padStart(8, '0')

  return {
    list: () => [...chats.values()].toReversed(),
    find: (key) => chats.get(key),
    findByConversation: (id) => [...chats.values()].find(({ conversationId }) => conversationId === id),
    open: (guest, kind) => {
      const key = newKey()
      const conversationId =
        kind === 'personal' ? `a:1${key}` : `19:${key}@thread.tacv2;messageid=${String(now())}`
      const chat = { key, conversationId, kind, guest, messages: [] }
      chats.set(key, chat)
      for (const oldest of chats.keys()) if (chats.size > keptChats) chats.delete(oldest)
      changed()
      return chat
    },
    add: ({ key }, message) => {
      const messages = chats.get(key)?.messages ?? []
      const at = now()
      const id = String(Math.max(at, Number(messages.at(-1)?.id ?? 0) + 1))
      const added = { ...message, id, at }
      messages.push(added)
      if (messages.length > keptMessages) messages.shift()
      changed()
      return added
    },
    mark: ({ key }, id, state, reason) => {
      const messages = chats.get(key)?.messages ?? []
      const index = messages.findIndex((message) => message.id === id)
      const message = messages[index]
      if (message === undefined) return
      const { reason: _, ...rest } = message
      messages[index] = { ...rest, state, ...(reason === undefined ? {} : { reason }) }
      changed()
    },
  }
}

/**
 * - `sending`: on its way to the connector
 * - `sent`: the connector has recorded it
 * - `not sent`: it was refused, or there was no answer; it can be sent again
 */
type MessageState = 'sending' | 'sent' | 'not sent'

/** `personal`: the guest alone with the hotel's bot. `channel`: a thread in a Teams channel, where several guests may write. */
type ChatKind = 'personal' | 'channel'

interface Environment {
  readonly now: () => number
  /** From 0 up to but not including 1. */
  readonly random: () => number
  /** Called after every change. */
  readonly changed: () => void
}
