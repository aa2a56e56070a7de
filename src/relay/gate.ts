import type { Clock, Log } from '../port.ts'
import { type Backoff, pauseAfter } from './backoff.ts'

export interface GateState {
  /** Since when every call of some operation has failed; null while all succeed. */
  readonly failingSince: number | null
  readonly pausedUntil: number
  readonly reason: string | null
}

/**
 * Lets one property's calls through, and holds them back with growing pauses while they fail. An operation recovers only by
 * its own success: that messages can be read does not say that they can be added.
 */
export interface Gate {
  /** Resolves when calls may be made; rejects with the signal's reason when it aborts. */
  pass(signal: AbortSignal): Promise<void>
  /** A call failed for a reason that is not its own: nothing is to be tried for a while, at least `afterMs`. */
  failed(operation: string, reason: string, afterMs?: number): void
  succeeded(operation: string): void
  /** Goes on where another process has ended, by what it recorded. */
  resume(failingSince: number | null): void
  state(): GateState
}

interface GateOptions {
  readonly property: string
  readonly backoff: Backoff
  readonly clock: Clock
  readonly log: Log
  /** Since when calls failed before this process started. */
  readonly failingSince: number | null
  /** Called when failing begins (with the time) and ends (null), to survive a restart. */
  readonly onChange: (failingSince: number | null) => void
}

/** Stands for whatever failed before this process started; any success ends it. */
const earlier = 'earlier'

const adds = (operation: string): boolean => operation.endsWith('/add')

export const createGate = (options: GateOptions): Gate => {
  const { property, backoff, clock, log, onChange } = options
  const failing = new Map(options.failingSince === null ? [] : [[earlier, options.failingSince]])
  let { failingSince } = options
  let pausedUntil = 0
  let failures = 0
  let reason: string | null = null

  const note = (): void => {
    const since = failing.size === 0 ? null : Math.min(...failing.values())
    if (since === failingSince) return
    failingSince = since
    onChange(since)
  }

  return {
    pass: async (signal) => {
      for (let left = pausedUntil - clock.now(); left > 0; left = pausedUntil - clock.now()) {
        await clock.sleep(left, signal)
        signal.throwIfAborted()
      }
    },
    failed: (operation, why, afterMs = 0) => {
      const now = clock.now()
      // Calls that began before the pause and fail during it say nothing new.
      const pause = now < pausedUntil ? 0 : pauseAfter(failures, backoff)
      if (now >= pausedUntil) failures += 1
      pausedUntil = Math.max(pausedUntil, now + Math.max(pause, afterMs))
      if (why !== reason) log.warn({ property, reason: why, pausedUntil }, 'property paused')
      reason = why
      if (!failing.has(operation)) failing.set(operation, now)
      note()
    },
    succeeded: (operation) => {
      const failed = failing.size > 0
      failing.delete(earlier)
      failing.delete(operation)
      note()
      if (failing.size > 0 && !adds(operation)) return
      pausedUntil = 0
      failures = 0
      if (!failed || failing.size > 0) return
      log.info({ property }, 'property reachable again')
      reason = null
    },
    resume: (since) => {
      failing.clear()
      if (since !== null) failing.set(earlier, since)
      failingSince = since
    },
    state: () => ({ failingSince, pausedUntil, reason }),
  }
}
