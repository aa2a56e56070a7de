import type { Address, ConversationId } from '../../src/port.ts'

/** Channex's ids are UUIDs; anything of their alphabet is taken. */
const pattern = /^[\w-]{1,128}$/

const requestPrefix = 'request-'

/** A thread's id as it is; undefined for what cannot be one. */
export const toConversationId = (threadId: string): ConversationId | undefined =>
  pattern.test(threadId) ? (threadId as ConversationId) : undefined

/** The id that stands for the guests of a property when it is known only that they wrote; undefined for what cannot be a property. */
export const toStrangersId = (propertyId: string): ConversationId | undefined =>
  toConversationId(`property-${propertyId}`)

/** The id that stands for a request until its conversation is known; undefined for what cannot be one. */
export const toRequestId = (which: string | undefined): ConversationId | undefined =>
  which === undefined ? undefined : toConversationId(`${requestPrefix}${which}`)

/** Whether a conversation stands for a request only, so that no message can be sent into it. */
export const isRequestId = (conversation: string): boolean => conversation.startsWith(requestPrefix)

/** The address as it is stored: `{ v: 1, thread }`. */
export const toAddress = (threadId: string): Address => ({ v: 1, thread: threadId })

/** The thread of a stored address; undefined when it is not one of ours. */
export const readAddress = ({ v, thread }: Address): string | undefined =>
  v === 1 && typeof thread === 'string' && pattern.test(thread) ? thread : undefined
