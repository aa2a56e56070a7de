import { PassingError } from '../../../src/port.ts'
import type { ChannexClient } from '../api/client.ts'
import { ChannexError } from '../api/error.ts'
import { isRequestLine } from '../receive/event.ts'
import { findMessage } from '../poll/thread-messages.ts'
import type { Kind } from './turn.ts'
import type { Message } from '../wire.ts'

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
