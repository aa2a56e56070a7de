import { LRUCache } from 'lru-cache'
import { readDeliveryId, type Message } from './wire.ts'

/** Enough for every part whose outcome can be unknown at one time. */
const max = 10_000

/** Our own posts as Slack shows them to us, by delivery id. In memory only: what is missing is looked up. */
export interface Echoes {
  /** A part may have been posted, at this time at the latest (milliseconds since 1970). */
  expect(deliveryId: string, at: number): void
  /** The time given to `expect`, or 0. */
  expectedSince(deliveryId: string): number
  /** A part stands in Slack as the message `ts`. */
  note(deliveryId: string, ts: string): void
  /** Notes each of these messages that is one of our posts. */
  noteAll(messages: readonly Message[]): void
  /** The `ts` of a part that was noted. */
  find(deliveryId: string): string | undefined
}

/** Keeps the newest 10,000. */
export const createEchoes = (): Echoes => {
  const expected = new LRUCache<string, number>({ max })
  const seen = new LRUCache<string, string>({ max })
  const note = (deliveryId: string, ts: string): void => void seen.set(deliveryId, ts)
  return {
    expect: (deliveryId, at) => void expected.set(deliveryId, at),
    expectedSince: (deliveryId) => expected.get(deliveryId) ?? 0,
    note,
    noteAll: (messages) => {
      for (const message of messages) {
        const deliveryId = readDeliveryId(message)
        if (deliveryId !== undefined && message.ts !== undefined) note(deliveryId, message.ts)
      }
    },
    find: (deliveryId) => seen.get(deliveryId),
  }
}
