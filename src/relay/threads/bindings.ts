import { hash } from 'node:crypto'
import type { Keyv } from 'keyv'
import type { Address } from '../../port.ts'

/** The thread that a conversation is bound to. Written only by the holder of the conversation's turn lane. */
export interface Binding {
  readonly v: 1
  readonly conversation: string
  readonly property: string
  readonly threadId: string
  /** Who opened the thread: the others are named in what they write. Empty where that is not known: then all are named. */
  readonly firstAuthor: string
  /** Where replies go. */
  readonly address: Address
  /** When a turn last went there, to the hour. */
  readonly activeAt: number
  /** The guest asked for a new conversation: the next turn opens another thread. */
  readonly closed?: boolean
  /** The guest's language (BCP 47), as far as it is known. */
  readonly language?: string
}

/** Conversation ↔ thread. Every method rejects when the backend fails: a failure never looks like an absent binding. */
export interface Bindings {
  /** Where the backend has lost it, or has an old one: as the database knows it. */
  find(conversation: string): Promise<Binding | undefined>
  /** The same, and writes what the backend does not have; for the holder of the conversation's turn lane. */
  restore(conversation: string): Promise<Binding | undefined>
  /** The conversation that a Mews thread belongs to. */
  conversationOf(threadId: string): Promise<string | undefined>
  /** Writes both directions; writing the same again changes nothing. */
  write(binding: Binding): Promise<void>
}

/** Bindings from the database, for a Keyv backend that has lost them: it has no persistence, evicts, or came back from an old snapshot. */
export interface LostBindings {
  find(conversation: string): Promise<Binding | undefined>
  /** The conversation's newer binding; undefined where the given one is current. Left out where the backend's cannot be older than the database. */
  newer?(binding: Binding): Promise<Binding | undefined>
  conversationOf(threadId: string): Promise<string | undefined>
}

/** Bindings in Keyv; `keyv` must be made with `throwOnErrors: true`. */
export const createBindings = (keyv: Keyv, lost: LostBindings = nothingLost): Bindings => {
  const find = (conversation: string) => keyv.get<Binding>(recordKey(conversation))
  /** The database's binding, where the backend has none or an old one. */
  const findLost = (conversation: string, found: Binding | undefined) =>
    found === undefined ? lost.find(conversation) : lost.newer?.(found)
  const write = async (binding: Binding): Promise<void> => {
    const written: unknown = await keyv.setMany([
      { key: threadKey(binding.threadId), value: binding.conversation },
      { key: recordKey(binding.conversation), value: binding },
    ])
    // Some storage adapters answer nothing, some answer false instead of failing.
    if (Array.isArray(written) && written.includes(false)) {
      throw new Error(
        `The binding of conversation ${binding.conversation} was not written. Check the backend named by KEYV_URL.`,
      )
    }
  }
  return {
    find: async (conversation) => {
      const found = await find(conversation)
      return (await findLost(conversation, found)) ?? found
    },
    restore: async (conversation) => {
      const found = await find(conversation)
      const known = await findLost(conversation, found)
      if (known !== undefined) await write(known)
      return known ?? found
    },
    conversationOf: async (threadId) =>
      (await keyv.get<string>(threadKey(threadId))) ?? lost.conversationOf(threadId),
    write,
  }
}

const nothingLost: LostBindings = {
  find: async () => undefined,
  conversationOf: async () => undefined,
}

/** Platforms' conversation ids may be longer than some backends' keys. */
const recordKey = (conversation: string): string =>
  `conversation:${hash('sha256', conversation, 'base64url')}`

const threadKey = (threadId: string): string => `thread:${threadId}`
