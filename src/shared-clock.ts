import type { Clock, Log } from './port.ts'
import { createObservedClock } from './util/remote-clock.ts'

/** A clock that shows the time of the database, once it follows it. */
export interface SharedClock {
  readonly clock: Clock
  /** Asks the database what time it is, now and then again; resolves after the first answer. Rejects where it cannot be asked. */
  follow(time: () => Promise<number>): Promise<void>
  /** Asks no more. */
  stop(): void
}

const askAgainMs = 30_000

/**
 * Processes that share a database judge each other by the times that they write there: leases, pauses, deadlines. All of them go by its
 * clock, so that it does not matter how far the clocks of their machines are apart. While it is away, its time goes on here.
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
      timer = setInterval(() => void ask().catch(() => undefined), askAgainMs)
      timer.unref()
    },
    stop: () => clearInterval(timer),
  }
}
