import type { Address, ConversationId } from '../../src/port.ts'

/** Channex's ids are UUIDs; anything of their alphabet is taken. */
const pattern = /^[\w-]{1,128}$/

/** A thread's id as it is; undefined for what cannot be one. */
export const toConversationId = (threadId: string): ConversationId | undefined =>
  pattern.test(threadId) ? (threadId as ConversationId) : undefined

/** What stands for the guests of a property of whom nothing is known but that they have written; undefined for what cannot be a property. */
export const toStrangersId = (propertyId: string): ConversationId | undefined =>
  toConversationId(`property-${propertyId}`)

/** The address as it is stored: `{ v: 1, thread }`. */
export const toAddress = (threadId: string): Address => ({ v: 1, thread: threadId })

/** The thread of a stored address; undefined when it is not one of ours. */
export const readAddress = ({ v, thread }: Address): string | undefined =>
  v === 1 && typeof thread === 'string' && pattern.test(thread) ? thread : undefined
