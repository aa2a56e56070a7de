import { LRUCache } from 'lru-cache'
import type { Clock } from '../../../src/port.ts'

/** Counts what is sent, so that Teams never has to refuse it. */
export interface Limits {
  /** Counts one post and gives 0 when it may be made now; counts nothing and gives the milliseconds to wait otherwise. */
  take(place: Place): number
}

/** For a bot in a conversation (https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit). */
const conversationWindows: readonly Window[] = [
  { count: 7, ms: 1000 },
  { count: 8, ms: 2000 },
  { count: 60, ms: 30_000 },
  { count: 1800, ms: 3_600_000 },
]

/** For an app in a tenant (same page). */
const tenantWindows: readonly Window[] = [{ count: 50, ms: 1000 }]

/** Sliding windows in memory: at most `mostConversations` (default 10,000) are remembered, the least recent forgotten first. */
export const createLimits = (clock: Clock, mostConversations = 10_000): Limits => {
  const byConversation = createBook(conversationWindows, mostConversations)
  const byTenant = createBook(tenantWindows, mostConversations)
  return {
    take: ({ conversationId, tenantId = '' }) => {
      const now = clock.monotonic()
      const waitMs = Math.max(byConversation.wait(conversationId, now), byTenant.wait(tenantId, now))
      if (waitMs > 0) return waitMs
      byConversation.add(conversationId, now)
      byTenant.add(tenantId, now)
      return 0
    },
  }
}

/** Conversations in which Teams refuses posts as too many without saying for how long. */
export interface Throttles {
  /** The milliseconds until another post is worth a try; 0: now. */
  wait(conversationId: string): number
  /** Notes a refusal and gives the pause after it, which grows while nothing is taken. */
  refused(conversationId: string): number
  /** Notes that a post was taken: the next refusal is the first again. */
  accepted(conversationId: string): void
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

/** A conversation, as far as limits are counted by it. */
interface Place {
  readonly conversationId: string
  readonly tenantId?: string
}

/** At most `count` posts within `ms`. */
interface Window {
  readonly count: number
  readonly ms: number
}

/** When posts were made, by name, forgotten when they no longer count. */
const createBook = (
  windows: readonly Window[],
  mostNames: number,
): { wait(name: string, now: number): number; add(name: string, now: number): void } => {
  const times = new Map<string, number[]>()
  const longest = Math.max(...windows.map(({ ms }) => ms))
  const most = Math.max(...windows.map(({ count }) => count))

  /** The names least recently used come first. */
  const forget = (now: number): void => {
    for (const [name, made] of times) {
      if (times.size <= mostNames && (made.at(-1) ?? 0) + longest > now) return
      times.delete(name)
    }
  }
  return {
    wait: (name, now) => {
      const made = times.get(name) ?? []
      return Math.max(0, ...windows.map(({ count, ms }) => (made.at(-count) ?? -Infinity) + ms - now))
    },
    add: (name, now) => {
      const made = times.get(name) ?? []
      made.push(now)
      if (made.length > most) made.shift()
      times.delete(name)
      times.set(name, made)
      forget(now)
    },
  }
}

interface Throttle {
  readonly pauseMs: number
  readonly until: number
}
