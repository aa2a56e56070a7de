import { LRUCache } from 'lru-cache'
import type { Clock } from '../../../src/port.ts'

/** Says how long to wait before a method may be used again in a workspace, and takes its turn when that is 0. */
export type HistoryBudget = (team: string, method: string) => number

/** History is read at most every `everyMs` in each workspace, whatever for. */
export const createHistoryBudget = (clock: Clock, everyMs: number): HistoryBudget => {
  const freeAt = new LRUCache<string, number>({ max: 10_000 })
  return (team, method) => {
    const key = `${team} ${method}`
    const now = clock.monotonic()
    const left = (freeAt.get(key) ?? now) - now
    if (left <= 0) freeAt.set(key, now + everyMs)
    return Math.max(left, 0)
  }
}
