import type { Clock } from '../port.ts'

const windowMs = 60_000
const most = 10

/** Wrong admin tokens: after ten within a minute nobody may try for the rest of it. */
export const createAttempts = (
  clock: Clock,
): { readonly mayTry: () => boolean; readonly failed: () => void } => {
  let failures: readonly number[] = []
  const recent = (): readonly number[] => failures.filter((at) => at > clock.now() - windowMs)
  return {
    mayTry: () => recent().length < most,
    failed: () => {
      failures = [...recent(), clock.now()]
    },
  }
}
