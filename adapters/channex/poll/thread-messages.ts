import type { Arrival } from '../../../src/port.ts'
import { toArrival } from '../receive/arrival.ts'
import type { ChannexClient } from '../api/client.ts'
import { readEvent, toEventBody } from '../receive/event.ts'
import type { Message, Thread } from '../wire.ts'

/** What was written in a thread at `from` (milliseconds since 1970) or later, in order. Rejects with `ChannexError`. */
export const readSince = async (
  client: Pick<ChannexClient, 'threadMessages'>,
  threadId: string,
  from: number,
  signal: AbortSignal,
): Promise<readonly Message[]> => {
  const found: Message[] = []
  for await (const page of client.threadMessages(threadId, signal)) {
    const recent = page.filter(({ at }) => at === undefined || at >= from)
    found.push(...recent)
    if (recent.length < page.length) break
  }
  return inOrder(found)
}

/** One message as its thread has it; undefined where the thread does not have it. Rejects with `ChannexError`. */
export const findMessage = async (
  client: Pick<ChannexClient, 'threadMessages'>,
  threadId: string,
  messageId: string,
  signal: AbortSignal,
): Promise<Message | undefined> => {
  for await (const page of client.threadMessages(threadId, signal)) {
    const found = page.find(({ id }) => id === messageId)
    if (found !== undefined) return found
  }
  return undefined
}

/** Messages of a thread as their webhooks would be recorded, as far as they are for the hotel. `now`: milliseconds since 1970. */
export const toArrivals = (
  messages: readonly Message[],
  thread: Pick<Thread, 'id' | 'propertyId'>,
  now: number,
): readonly Arrival[] =>
  messages.flatMap((message) => {
    const body = toEventBody(message, thread)
    const event = readEvent(body)
    return event.kind === 'ignored' || event.kind === 'look' ? [] : toArrival(event, body, now)
  })

/** In the order they were written. Channex lists the newest first, also of those that were written at one time. */
const inOrder = (listed: readonly Message[]): readonly Message[] =>
  listed.toReversed().toSorted((one, other) => (one.at ?? 0) - (other.at ?? 0))
