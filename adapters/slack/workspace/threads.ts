import { LRUCache } from 'lru-cache'
import type { Vault } from '../../../src/port.ts'
import type { Place } from '../id.ts'

/** Enough for the threads that are written to in an hour. */
const maxKnown = 10_000

/**
 * Remembers threads whose first message was deleted before anyone replied. Slack accepts a reply to such a thread, drops the thread and
 * shows the reply to the whole channel. A thread whose first message had replies goes on, and in a direct message only the guest sees the
 * reply.
 */
export interface Threads {
  /** The thread is gone for good. */
  end(place: Place): Promise<void>
  /** Somebody has written in the thread, so it exists after all. */
  stands(place: Place): Promise<void>
  hasEnded(place: Place): Promise<boolean>
}

/** Keeps them in the records. */
export const createThreads = (records: Vault): Threads => {
  const ended = new LRUCache<string, true>({ max: maxKnown })
  return {
    end: async (place) => {
      const key = keyOf(place)
      if (key === undefined || ended.has(key)) return
      await records.set(key, { v: 1 })
      ended.set(key, true)
    },
    stands: async (place) => {
      const key = keyOf(place)
      if (key === undefined || !ended.has(key)) return
      await records.delete(key)
      ended.delete(key)
    },
    hasEnded: async (place) => {
      const key = keyOf(place)
      if (key === undefined) return false
      if (!ended.has(key) && (await records.get(key)) === undefined) return false
      ended.set(key, true)
      return true
    },
  }
}

function keyOf({ channel, threadTs }: Place): string | undefined {
  return threadTs === undefined || channel.startsWith('D') ? undefined : `ended-thread:${channel}:${threadTs}`
}
