import { LRUCache } from 'lru-cache'
import type { ConversationId, Vault } from '../../../src/port.ts'
import { readFields, readString } from '../wire.ts'

/** More of a person's conversations are not remembered. */
const maxConversations = 20

/** Which conversations a person began, for their App Home. */
export interface People {
  /** The person wrote in a conversation. */
  note(user: string, conversation: ConversationId): Promise<void>
  /** The newest first. */
  conversationsOf(user: string): Promise<readonly ConversationId[]>
}

const keyOf = (user: string): string => `user:${user}`

/** Keeps people's conversations in the records, ids only. */
export const createPeople = (records: Vault): People => {
  const noted = new LRUCache<string, true>({ max: 10_000 })
  const read = async (user: string): Promise<readonly ConversationId[]> => {
    const ids = readFields(await records.get(keyOf(user)))?.['conversations']
    return Array.isArray(ids) ? ids.flatMap((id) => (readString(id) as ConversationId | undefined) ?? []) : []
  }
  return {
    note: async (user, conversation) => {
      const pair = `${user} ${conversation}`
      if (noted.has(pair)) return
      const known = await read(user)
      if (!known.includes(conversation))
        await records.set(keyOf(user), {
          v: 1,
          conversations: [conversation, ...known].slice(0, maxConversations),
        })
      noted.set(pair, true)
    },
    conversationsOf: read,
  }
}
