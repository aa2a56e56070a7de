import type { Clock } from '../../port.ts'

/** Wrong attempts to sign in. */
export interface Attempts {
  /** Whether there were so many within a minute that no other is answered. */
  areTooMany(): boolean
  failed(): void
}

/**
 * Counts wrong attempts, ten a minute at most. The right token is let in all the same: `ADMIN_TOKEN`
 * is too long to be guessed, and strangers must not keep its owner out.
 */
export const createAttempts = (clock: Clock): Attempts => {
  let failures: readonly number[] = []
  const recent = (): readonly number[] => failures.filter((at) => at > clock.monotonic() - windowMs)
  return {
    areTooMany: () => recent().length >= most,
    failed: () => {
      failures = [...recent(), clock.monotonic()]
    },
  }
}

const windowMs = 60_000
const most = 10
