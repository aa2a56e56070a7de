import type { Clock } from '../port.ts'

/** When Mews has said that there were too many requests. */
export interface Pauses {
  /** Milliseconds since 1970; in the past while there is none. */
  readonly until: number
  /**
   * Begins a pause of `afterMs` plus jitter or, where Mews does not say how long, a jittered one that grows until something
   * succeeds. Answers to requests that were under way together count once. Returns how long it lasts, in milliseconds.
   */
  begin(afterMs?: number): number
  /** After a success: pauses begin short again. */
  succeeded(): void
}

const shortestMs = 2000
const longestMs = 2 * 60 * 1000
const jitterMs = 1000

/** `random` is as `Math.random`. */
export const createPauses = (clock: Clock, random: () => number): Pauses => {
  /** By the monotonic clock. */
  let until = -Infinity
  let count = 0
  return {
    get until() {
      return until === -Infinity ? 0 : clock.now() + until - clock.monotonic()
    },
    begin: (afterMs) => {
      const now = clock.monotonic()
      const underWay = until > now
      if (!underWay) count += 1
      const grown = underWay ? 0 : Math.min(shortestMs * 2 ** (count - 1), longestMs) * (1 + random())
      const pause = afterMs === undefined ? grown : afterMs + jitterMs * random()
      until = Math.max(until, now + Math.ceil(pause))
      return until - now
    },
    succeeded: () => void (count = 0),
  }
}
