import type { Clock, Log } from '../../port.ts'
import type { Marks } from '../../store/types.ts'
import { type Backoff, pauseAfter } from '../../util/retry-after.ts'
import { failingMark, reasonMark, triedMark } from '../ids.ts'

/**
 * Lets one property's calls through, and holds them back with growing pauses while they fail. An operation recovers only by
 * its own success: that messages can be read does not say that they can be added.
 */
export interface Gate {
  /** Resolves when calls may be made; rejects with the signal's reason when it aborts. */
  pass(signal: AbortSignal): Promise<void>
  /** A call failed for a reason that is not its own: nothing is to be tried for a while, at least `afterMs`. */
  failed(operation: string, reason: string, afterMs?: number): void
  /** A call met the rate limit: the budget holds the next ones back, but what waits for this one goes on waiting. */
  limited(operation: string, reason: string): void
  succeeded(operation: string): void
  /** Goes on where another process has ended, by what it recorded. */
  resume(failing: Failing, reason: string | null): void
  /** Forgets everything: from now on another process may call, and what it meets is not known here. */
  clear(): void
  state(): GateState
}

export interface GateOptions {
  readonly property: string
  readonly backoff: Backoff
  readonly clock: Clock
  readonly log: Log
  /** Called with what fails, why, and the time, whenever that changes and every so often: to survive a restart, and for other processes to show. */
  readonly onChange: (failing: Failing, reason: string | null, at: number) => void
}

/** After this long without an attempt an operation is forgotten: as long as anything waits for it, it is tried far more often. */
const forgottenAfterMs = 24 * 60 * 60_000

export const createGate = (options: GateOptions): Gate => {
  const { property, backoff, clock, log } = options
  const failures = createFailures(options)
  /** By the monotonic clock. */
  let pausedUntil = -Infinity
  let attempts = 0

  const open = (): void => {
    pausedUntil = -Infinity
    attempts = 0
  }

  const leftMs = (): number => pausedUntil - clock.monotonic()
  const shownUntil = (): number => (pausedUntil === -Infinity ? 0 : Math.round(clock.now() + leftMs()))

  const note = (operation: string, why: string): void => {
    if (why !== failures.reason())
      log.warn({ property, reason: why, pausedUntil: shownUntil() }, 'property paused')
    failures.add(operation, why, Math.max(clock.monotonic(), pausedUntil))
  }

  return {
    pass: async (signal) => {
      for (let left = leftMs(); left > 0; left = leftMs()) {
        await clock.sleep(left, signal)
        signal.throwIfAborted()
      }
    },
    failed: (operation, why, afterMs = 0) => {
      const now = clock.monotonic()
      // Calls that began before the pause and fail during it say nothing new.
      const pause = now < pausedUntil ? 0 : pauseAfter(attempts, backoff)
      if (now >= pausedUntil) attempts += 1
      pausedUntil = Math.max(pausedUntil, now + Math.max(pause, afterMs))
      note(operation, why)
    },
    limited: note,
    succeeded: (operation) => {
      const failed = failures.since() !== null
      failures.remove(operation)
      const fails = failures.since() !== null
      if (!fails || adds(operation)) open()
      if (failed && !fails) log.info({ property }, 'property reachable again')
    },
    resume: (failing, reason) => failures.replace(failing, reason),
    clear: () => {
      failures.replace({}, null)
      open()
    },
    state: () => ({ failingSince: failures.since(), pausedUntil: shownUntil(), reason: failures.reason() }),
  }
}

/** Since when each operation that fails does, in milliseconds since 1970. */
export type Failing = Readonly<Record<string, number>>

/** Reads the mark `failingMark`; anything but a record of failures counts as none. */
export const readFailing = (mark: string | undefined): Failing => {
  const record: unknown = JSON.parse(mark || '{}')
  return typeof record === 'object' && record !== null ? (record as Failing) : {}
}

/** Since when something fails; null while nothing does. */
export const sinceOf = (failing: Failing): number | null => {
  const times = Object.values(failing)
  return times.length === 0 ? null : Math.min(...times)
}

/** While something fails it is recorded this often that it was tried. */
const tellTriedMs = 10 * 60_000

/**
 * The same for the process that goes on at `now`: an operation that was not tried for long did not fail in that time. The connector was
 * off then, or the clock was set.
 */
export const resumeFailing = (failing: Failing, triedAt: number, now: number): Failing => {
  const untriedMs = now - triedAt
  if (untriedMs <= 3 * tellTriedMs) return failing
  return Object.fromEntries(
    Object.entries(failing).map(([operation, since]) => [operation, since + untriedMs]),
  )
}

const formatFailing = (failing: Failing): string => JSON.stringify(failing)

/** Reads a property's failures, as the process that worked for it last has recorded them. */
export const readRecorded = async (
  property: string,
  marks: Marks,
): Promise<{ readonly failing: Failing; readonly reason: string | null; readonly triedAt: number }> => {
  const failing = readFailing(await marks.get(failingMark(property)))
  const reason = sinceOf(failing) === null ? undefined : await marks.get(reasonMark(property))
  const triedAt = Number((await marks.get(triedMark(property))) ?? Infinity)
  return { failing, reason: reason || null, triedAt }
}

/** Records what fails and why, one change after the other. */
export const createRecordFailing = (property: string, marks: Marks, log: Log): GateOptions['onChange'] => {
  let recording: Promise<void> = Promise.resolve()
  const record: (...change: Change) => Promise<void> = async (failing, reason, at) => {
    try {
      await marks.set(reasonMark(property), reason ?? '')
      await marks.set(failingMark(property), formatFailing(failing))
      await marks.set(triedMark(property), String(at))
    } catch (error) {
      log.error({ property, err: error }, 'the property’s state could not be recorded')
    }
  }
  return (...change) => void (recording = recording.then(() => record(...change)))
}

type Change = Parameters<GateOptions['onChange']>

interface GateState {
  /** Since when every call of some operation has failed; null while all succeed. */
  readonly failingSince: number | null
  readonly pausedUntil: number
  readonly reason: string | null
}

/** Since when operations fail, and why the last of them did. Setting the clock does not change how long that is. */
const createFailures = ({ clock, onChange }: Pick<GateOptions, 'clock' | 'onChange'>) => {
  /** By the monotonic clock. */
  const failures = new Map<string, { readonly since: number; readonly last: number }>()
  let reason: string | null = null
  let toldAt = -Infinity

  const current = (): Failing => {
    const offset = clock.now() - clock.monotonic()
    return Object.fromEntries(
      [...failures].map(([operation, { since }]) => [operation, Math.round(since + offset)]),
    )
  }

  const tell = (): void => {
    if (failures.size === 0) reason = null
    toldAt = clock.monotonic()
    onChange(current(), reason, clock.now())
  }

  /** Removes those that were not tried for a day. */
  const forget = (): boolean => {
    const oldest = clock.monotonic() - forgottenAfterMs
    const old = [...failures].filter(([, { last }]) => last <= oldest)
    for (const [operation] of old) failures.delete(operation)
    return old.length > 0
  }

  return {
    add: (operation: string, why: string, last: number): void => {
      const forgotten = forget()
      const known = failures.get(operation)
      failures.set(operation, { since: known?.since ?? clock.monotonic(), last })
      const isNew =
        known === undefined || why !== reason || forgotten || clock.monotonic() - toldAt >= tellTriedMs
      reason = why
      if (isNew) tell()
    },
    remove: (operation: string): void => {
      if (failures.delete(operation)) tell()
    },
    replace: (failing: Failing, why: string | null): void => {
      failures.clear()
      const last = clock.monotonic()
      for (const [operation, since] of Object.entries(failing))
        failures.set(operation, { since: since - clock.now() + last, last })
      reason = why
    },
    since: (): number | null => {
      if (forget()) tell()
      return sinceOf(current())
    },
    reason: (): string | null => reason,
  }
}

const adds = (operation: string): boolean => operation.endsWith('/add')
