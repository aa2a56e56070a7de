import { type Clock, PassingError } from '../../../src/port.ts'
import { abortAfter } from '../../../src/util/time-limit.ts'
import type { ChannexClient } from '../api/client.ts'
import { ChannexError } from '../api/error.ts'
import { findMessage } from '../poll/thread-messages.ts'
import { isRequestLine, toRequest } from '../receive/event.ts'
import type { Message } from '../wire.ts'
import type { Kind } from './turn.ts'

/**
 * The message with who wrote it: `guest`, `system`, or anybody else, who is not for the hotel. Rejects with `PassingError` while that
 * cannot be told.
 */
export type FindSender = (event: Kind<'message'>, signal: AbortSignal) => Promise<Message>

/** Older webhooks do not say who wrote: the hotel's own words must not come back as a guest's, so the thread is asked. */
export const createFindSender =
  (client: Pick<ChannexClient, 'threadMessages'>): FindSender =>
  async ({ conversation, message }, signal) => {
    if (message.sender !== undefined) return message
    const likely = { ...message, sender: isRequestLine(message) ? 'system' : 'guest' }
    try {
      const found = await findMessage(client, conversation, message.id, signal)
      if (found?.sender === undefined) return likely
      return { ...message, sender: found.sender, meta: { ...found.meta, ...message.meta } }
    } catch (error) {
      if (error instanceof ChannexError && error.code === 'not found') return likely
      throw new PassingError('Channex did not tell who wrote a message', { cause: error })
    }
  }

/** The request with what its line says in the thread, where the webhook left that out; as it is where that cannot be had in time. Never rejects. */
export type FindDetails = (event: Kind<'request'>, signal: AbortSignal) => Promise<Kind<'request'>>

/** Looks into the thread for a request that came without details. */
export const createFindDetails =
  (client: Pick<ChannexClient, 'threadMessages'>, clock: Clock): FindDetails =>
  async (event, signal) => {
    const { conversation, messageId, details, status } = event
    if (messageId === undefined || Object.keys(details).length > 0) return event
    const line = await abortAfter(clock, signal, (late) =>
      findMessage(client, conversation, messageId, late),
    ).catch(() => undefined)
    if (line === undefined) return event
    const told = toRequest(event, line)
    return { ...event, details: told.details, status: status ?? told.status }
  }

/** Runs work of the same key one after the other, whether it succeeds or fails, and work of different keys side by side. */
export type OneByOne = <T>(key: string, work: () => Promise<T>) => Promise<T>

/** Keeps nothing of a key once its work is done. */
export const createOneByOne = (): OneByOne => {
  const last = new Map<string, Promise<unknown>>()
  return async (key, work) => {
    const before = last.get(key)
    const mine = (async () => {
      await before?.catch(() => undefined)
      return work()
    })()
    last.set(key, mine)
    try {
      return await mine
    } finally {
      if (last.get(key) === mine) last.delete(key)
    }
  }
}
