import { LRUCache } from 'lru-cache'
import { readDeliveryId, type Message } from '../wire.ts'

/** Enough for every part whose outcome can be unknown at one time. */
const max = 10_000

/** One of our own posts as it stands in Slack. */
export interface Post {
  readonly ts: string
  /** Of the thread's first message; left out for what stands in the channel itself. */
  readonly threadTs?: string | undefined
  readonly channel?: string | undefined
}

/** Our own posts as Slack shows them to us, by delivery id. In memory only: what is missing is looked up. */
export interface Echoes {
  /** A part may have been posted, at this time at the latest (milliseconds since 1970). */
  expect(deliveryId: string, at: number): void
  /** The time given to `expect`, or 0. */
  expectedSince(deliveryId: string): number
  /** A part was posted, in this form. */
  note(deliveryId: string, post: Post): void
  /** Notes each of a channel's messages that is one of our posts. */
  noteAll(channel: string, messages: readonly Message[]): void
  /** The post that was noted for a part. */
  find(deliveryId: string): Post | undefined
  /** A part is no longer there. */
  forget(deliveryId: string): void
}

/** Keeps the newest 10,000. */
export const createEchoes = (): Echoes => {
  const expected = new LRUCache<string, number>({ max })
  const seen = new LRUCache<string, Post>({ max })
  const note = (deliveryId: string, post: Post): void => void seen.set(deliveryId, post)
  return {
    expect: (deliveryId, at) => void expected.set(deliveryId, at),
    expectedSince: (deliveryId) => expected.get(deliveryId) ?? 0,
    note,
    noteAll: (channel, messages) => {
      for (const message of messages) {
        const deliveryId = readDeliveryId(message)
        const { ts, threadTs } = message
        if (deliveryId !== undefined && ts !== undefined) note(deliveryId, { ts, threadTs, channel })
      }
    },
    find: (deliveryId) => seen.get(deliveryId),
    forget: (deliveryId) => void seen.delete(deliveryId),
  }
}
