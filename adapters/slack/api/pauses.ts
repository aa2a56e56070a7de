import { LRUCache } from 'lru-cache'
import type { Clock } from '../../../src/port.ts'

/** A method rests in a workspace, because Slack said so; nothing was sent. */
export class PausedError extends Error {
  readonly code = 'paused'
  readonly afterMs: number
  constructor(method: string, team: string, afterMs: number) {
    super(`${method} rests in the workspace ${team}; call it again in ${afterMs} ms`)
    this.name = 'PausedError'
    this.afterMs = afterMs
  }
}

/** Slack limits each method in each workspace by itself (https://docs.slack.dev/apis/web-api/rate-limits). */
export interface Pauses {
  /** Throws `PausedError` while the method rests in the workspace. */
  check(method: string, team: string): void
  /** Slack wants this method to rest in this workspace. */
  begin(method: string, team: string, ms: number): void
}

/** Keeps the pauses in memory. */
export const createPauses = (clock: Clock): Pauses => {
  const until = new LRUCache<string, number>({ max: 10_000 })
  return {
    check: (method, team) => {
      const left = (until.get(`${method} ${team}`) ?? 0) - clock.monotonic()
      if (left > 0) throw new PausedError(method, team, left)
    },
    begin: (method, team, ms) => void until.set(`${method} ${team}`, clock.monotonic() + ms),
  }
}
