import type { Clock } from '../port.ts'

const windowMs = 60_000
const most = 10
/** Nobody guesses a token as long as this, however often they try: whoever knows it need not wait for those who do not. */
const unguessable = 16

/** Attempts to sign in. */
export interface Attempts {
  /** Whether an attempt counts now; after ten wrong ones within a minute none does for the rest of it, but the right one of a long token. */
  mayTry(isRight: boolean): boolean
  failed(): void
}

export const createAttempts = (adminToken: string, clock: Clock): Attempts => {
  let failures: readonly number[] = []
  const recent = (): readonly number[] => failures.filter((at) => at > clock.now() - windowMs)
  return {
    mayTry: (isRight) => recent().length < most || (isRight && adminToken.length >= unguessable),
    failed: () => {
      failures = [...recent(), clock.now()]
    },
  }
}
