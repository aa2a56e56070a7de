import type { Clock } from '../../../src/port.ts'

/** A clock that stands still between steps. */
export interface StepClock extends Clock {
  /** Moves time on at once, however far, and wakes whoever is due by then. */
  step(ms: number): void
  /** Somebody sets it: what it shows changes by `ms`, and who sleeps goes on sleeping as long as before. */
  set(ms: number): void
}

/** Makes a clock that shows 2 November 2026, 17:20 UTC. */
export const createStepClock = (): StepClock => {
  const sleepers = new Set<{ readonly at: number; readonly wake: () => void }>()
  let now = Date.parse('2026-11-02T17:20:05.250Z')
  let elapsed = 0
  return {
    now: () => now,
    monotonic: () => elapsed,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve()
        const wake = (): void => {
          sleepers.delete(sleeper)
          resolve()
        }
        const sleeper = { at: elapsed + ms, wake }
        sleepers.add(sleeper)
        return signal?.addEventListener('abort', wake, { once: true })
      }),
    step: (ms) => {
      now += ms
      elapsed += ms
      for (const { at, wake } of sleepers) if (at <= elapsed) wake()
    },
    set: (ms) => void (now += ms),
  }
}
