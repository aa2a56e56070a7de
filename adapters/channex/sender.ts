import { PassingError } from '../../src/port.ts'
import type { ChannexClient } from './client.ts'
import { ChannexError } from './error.ts'
import type { Kind } from './turn.ts'

/** Who wrote a message: `guest`, `system`, or anybody else, who is not for the hotel. Rejects with `PassingError` while that cannot be told. */
export type FindSender = (event: Kind<'message'>, signal: AbortSignal) => Promise<string>

/** Older webhooks do not say who wrote: the hotel's own words must not come back as a guest's, so the thread is asked. */
export const createFindSender =
  (client: Pick<ChannexClient, 'threadMessages'>): FindSender =>
  async ({ conversation, message }, signal) => {
    if (message.sender !== undefined) return message.sender
    try {
      for await (const page of client.threadMessages(conversation, signal)) {
        const found = page.find(({ id }) => id === message.id)
        if (found?.sender !== undefined) return found.sender
      }
      return 'guest'
    } catch (error) {
      if (error instanceof ChannexError && error.code === 'not found') return 'guest'
      throw new PassingError('Channex did not tell who wrote a message', { cause: error })
    }
  }
