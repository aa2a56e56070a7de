import { LRUCache } from 'lru-cache'
import type { Clock } from '../../../src/port.ts'

/** Slack takes about one message a second in each of its channels (https://docs.slack.dev/apis/web-api/rate-limits). */
const everyMs = 1000
const mostKept = 10_000

/**
 * Says how long to wait, in milliseconds, before a delivery may be posted to a channel; 0: now. Whoever has to wait has
 * its second reserved, so that the threads of a channel take turns.
 */
export type Pace = (channel: string, deliveryId: string) => number

/** Keeps one post a second and channel. */
export const createPace = (clock: Clock): Pace => {
  const freeAt = new LRUCache<string, number>({ max: mostKept })
  const reserved = new LRUCache<string, number>({ max: mostKept })
  return (channel, deliveryId) => {
    const now = clock.monotonic()
    const own = reserved.get(deliveryId)
    if (own !== undefined) {
      if (own <= now) reserved.delete(deliveryId)
      return Math.max(own - now, 0)
    }
    const slot = Math.max(freeAt.get(channel) ?? now, now)
    freeAt.set(channel, slot + everyMs)
    if (slot > now) reserved.set(deliveryId, slot)
    return slot - now
  }
}
