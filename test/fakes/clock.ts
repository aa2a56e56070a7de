import type { Clock } from '../../src/port.ts'

/** A clock that stands still until it is advanced. */
export interface ManualClock extends Clock {
  /** Moves time on, waking sleepers when they are due; what they do before their next wait is done by then. */
  advance(ms: number): Promise<void>
  /** How many sleep. */
  sleepers(): number
}

interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Makes a clock that shows `now` until it is advanced. */
export const createManualClock = (now = Date.parse('2026-11-02T17:20:05.250Z')): ManualClock => {
  const sleepers = new Set<Sleeper>()
  let current = now

  return {
    now: () => current,
    monotonic: () => current,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve()
        const wake = (): void => {
          sleepers.delete(sleeper)
          resolve()
        }
        const sleeper = { at: current + ms, wake }
        sleepers.add(sleeper)
        return signal?.addEventListener('abort', wake, { once: true })
      }),
    advance: async (ms) => {
      const end = current + ms
      await settle()
      for (;;) {
        const [next] = [...sleepers].toSorted((one, other) => one.at - other.at)
        if (next === undefined || next.at > end) break
        current = Math.max(current, next.at)
        next.wake()
        await settle()
      }
      current = end
    },
    sleepers: () => sleepers.size,
  }
}
