import type { Clock, Log } from './port.ts'
import { createObservedClock } from './util/remote-clock.ts'

/** The machine's own time. A sleep keeps the process alive until it ends or its signal aborts. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) return resolve()
      const finish = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', finish)
        resolve()
      }
      const timer = setTimeout(finish, Math.max(ms, 0))
      signal?.addEventListener('abort', finish)
    }),
}

/** A clock that shows the time of the database, once it follows it. */
export interface SharedClock {
  readonly clock: Clock
  /**
   * Asks the database what time it is, now and then again, from now on by `time` alone; resolves after the first answer. Rejects where it
   * cannot be asked.
   */
  readonly follow: (time: () => Promise<number>) => Promise<void>
  /** How far the machine's clock is ahead; undefined while it follows none. */
  readonly skewMs: () => number | undefined
  /** Asks no more. */
  readonly stop: () => void
}

const askAgainMs = 30_000

/**
 * Processes that share a database compare times that they write there: leases, pauses, deadlines. All use the database's clock, so the
 * difference between their machines' clocks does not matter. While the database is unreachable, its time goes on here.
 */
export const createSharedClock = (clock: Clock, log: Log): SharedClock => {
  const remote = createObservedClock('the database', clock, log, 1)
  let timer: NodeJS.Timeout | undefined

  return {
    clock: { ...clock, now: () => Math.floor(remote.now()) },
    follow: async (time) => {
      const ask = async (): Promise<void> => {
        const before = clock.monotonic()
        remote.observe(await time(), before)
      }
      await ask()
      clearInterval(timer)
      timer = setInterval(() => void ask().catch(() => undefined), askAgainMs)
      timer.unref()
    },
    skewMs: remote.skewMs,
    stop: () => clearInterval(timer),
  }
}
