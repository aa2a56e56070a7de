import { LRUCache } from 'lru-cache'
import type { Clock } from '../../../src/port.ts'

/** Conversations in which Teams refuses posts as too many without saying for how long. */
export interface Throttles {
  /** The milliseconds until another post is worth a try; 0: now. */
  wait(conversationId: string): number
  /** Notes a refusal and gives the pause after it, which grows while nothing is taken. */
  refused(conversationId: string): number
  /** Notes that a post was taken: the next refusal is the first again. */
  accepted(conversationId: string): void
}

interface Throttle {
  readonly pauseMs: number
  readonly until: number
}

const firstMs = 2000
const longestMs = 5 * 60_000
/** Refusals that are further apart have nothing to do with each other. */
const rememberedMs = 60 * 60_000

/** Pauses in memory, doubling from two seconds to five minutes: of `mostConversations` (default 10,000), the least recent forgotten first. */
export const createThrottles = (clock: Clock, mostConversations = 10_000): Throttles => {
  const throttles = new LRUCache<string, Throttle>({
    max: mostConversations,
    ttl: rememberedMs,
    ttlResolution: 0,
    perf: clock,
  })
  const wait = (conversationId: string): number =>
    Math.max(0, (throttles.get(conversationId)?.until ?? 0) - clock.monotonic())
  return {
    wait,
    refused: (conversationId) => {
      // What was under way already when Teams began to refuse is no further refusal.
      const waitMs = wait(conversationId)
      if (waitMs > 0) return waitMs
      const known = throttles.get(conversationId)
      const pauseMs = known === undefined ? firstMs : Math.min(known.pauseMs * 2, longestMs)
      throttles.set(conversationId, { pauseMs, until: clock.monotonic() + pauseMs })
      return pauseMs
    },
    accepted: (conversationId) => void throttles.delete(conversationId),
  }
}
