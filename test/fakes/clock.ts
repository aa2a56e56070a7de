import type { Clock } from '../../src/port.ts'

export const second = 1_000
export const minute = 60 * second
export const hour = 60 * minute
export const day = 24 * hour

/**
 * How long tests wait for what comes by itself: far longer than the connector may take on a slow and busy machine. Only
 * a failing test waits that long.
 */
export const patience = { timeout: 60_000, interval: 20 } as const

export const neverAborted = new AbortController().signal

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /** What it would show if nobody had set it. */
  readonly monotonic: () => number
  /** Moves time on at once, however far, and wakes all sleepers that are due by then. */
  step(ms: number): void
  /** Moves time on from one sleeper to the next. What a sleeper does before its next wait is done before time goes on. */
  advance(ms: number): Promise<void>
  /** Somebody sets the clock: it shows another time by `ms`. No time passes, and sleepers sleep on. */
  set(ms: number): void
  /** How many sleep. */
  sleepers(): number
}

export interface ManualClockOptions {
  /** What it shows at first. Default 2 November 2026, 17:20:05.250 UTC. */
  readonly now?: number
  /** Whether a sleep returns at once, for tests that do not look at pauses. Default false. */
  readonly skipSleeps?: boolean
}

interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

const evening = Date.parse('2026-11-02T17:20:05.250Z')

export const createManualClock = ({
  now = evening,
  skipSleeps = false,
}: ManualClockOptions = {}): ManualClock => {
  const sleepers = new Set<Sleeper>()
  let elapsed = now
  let wrong = 0

  return {
    now: () => elapsed + wrong,
    monotonic: () => elapsed,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (skipSleeps || signal?.aborted === true) return resolve()
        const wake = (): void => {
          sleepers.delete(sleeper)
          signal?.removeEventListener('abort', wake)
          resolve()
        }
        const sleeper = { at: elapsed + ms, wake }
        sleepers.add(sleeper)
        return signal?.addEventListener('abort', wake, { once: true })
      }),
    step: (ms) => {
      elapsed += ms
      for (const { at, wake } of sleepers) if (at <= elapsed) wake()
    },
    advance: async (ms) => {
      const end = elapsed + ms
      await nextTurn()
      for (;;) {
        const [next] = [...sleepers].toSorted((one, other) => one.at - other.at)
        if (next === undefined || next.at > end) break
        elapsed = Math.max(elapsed, next.at)
        next.wake()
        await nextTurn()
      }
      elapsed = end
    },
    set: (ms) => void (wrong += ms),
    sleepers: () => sleepers.size,
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
