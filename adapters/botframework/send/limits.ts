import type { Clock } from '../../../src/port.ts'

/** A conversation, as far as limits are counted by it. */
interface Place {
  readonly conversationId: string
  readonly tenantId?: string
}

/** Counts what is sent, so that Teams never has to refuse it. */
export interface Limits {
  /** Counts one post and gives 0 when it may be made now; counts nothing and gives the milliseconds to wait otherwise. */
  take(place: Place): number
}

/** At most `count` posts within `ms`. */
interface Window {
  readonly count: number
  readonly ms: number
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
