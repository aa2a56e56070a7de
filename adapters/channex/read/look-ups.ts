import { type Clock, PassingError } from '../../../src/port.ts'
import { abortAfter } from '../../../src/util/time-limit.ts'
import { isBlank } from '../../../src/util/text.ts'
import { lookUpMs } from '../api/request.ts'
import type { ChannexClient } from '../api/client.ts'
import { ChannexError } from '../api/error.ts'
import { findMessage } from '../poll/thread-messages.ts'
import { isRequestLine, toRequest } from '../receive/event.ts'
import type { Message } from '../wire.ts'
import type { Kind } from './turn.ts'

/**
 * The message with what its webhook left out: who wrote it (`guest`, `system`, or anybody else, who is not for the hotel) and its words.
 * Rejects with `PassingError` while it cannot be told who wrote it.
 */
export type FindMessage = (event: Kind<'message'>, signal: AbortSignal) => Promise<Message>

/**
 * Asks the thread for a message that came without its writer or without words. Older webhooks do not say who wrote, and the hotel's own words
 * must not come back as a guest's. Words that cannot be had in time are left out.
 */
export const createFindMessage =
  (client: Pick<ChannexClient, 'threadMessages'>, clock: Clock): FindMessage =>
  async ({ conversation, message, found: isListed }, signal) => {
    const look = (until: AbortSignal): Promise<Message | undefined> =>
      findMessage(client, conversation, message.id, until)
    if (message.sender !== undefined) {
      if (isListed || !isWordless(message)) return message
      return complete(message, await abortAfter({ clock, signal, ms: lookUpMs }, look).catch(() => undefined))
    }
    const likely = isRequestLine(message) ? 'system' : 'guest'
    try {
      return complete({ ...message, sender: likely }, await look(signal))
    } catch (error) {
      if (error instanceof ChannexError && error.code === 'not found') return { ...message, sender: likely }
      throw new PassingError('Channex did not tell who wrote a message', { cause: error })
    }
  }

function isWordless({ text, hasFile }: Message): boolean {
  return isBlank(text) && !hasFile
}

function complete(message: Message, found: Message | undefined): Message {
  if (found === undefined) return message
  const { sender = message.sender, meta, text, files, hasFile } = found
  const said = isWordless(message) ? { text, files, hasFile } : {}
  return { ...message, sender, meta: { ...meta, ...message.meta }, ...said }
}

/** The request with what its line says in the thread, where the webhook left that out; as it is where that cannot be had in time. Never rejects. */
export type FindDetails = (event: Kind<'request'>, signal: AbortSignal) => Promise<Kind<'request'>>

/** Looks into the thread for a request that came without details. */
export const createFindDetails =
  (client: Pick<ChannexClient, 'threadMessages'>, clock: Clock): FindDetails =>
  async (event, signal) => {
    const { conversation, messageId, details, status } = event
    if (messageId === undefined || Object.keys(details).length > 0) return event
    const line = await abortAfter({ clock, signal, ms: lookUpMs }, (late) =>
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
