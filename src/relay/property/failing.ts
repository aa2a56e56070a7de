/** Since when each operation that fails does, in milliseconds since 1970. */
export type Failing = Readonly<Record<string, number>>

/** Reads the mark `failingMark`; whatever is no record of failures says that there are none. */
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
export const tellTriedMs = 10 * 60_000

/**
 * The same for whoever goes on at `now`: what nobody tried for long did not fail in that time. The connector was off then, or somebody has
 * set the clock.
 */
export const resumeFailing = (failing: Failing, triedAt: number, now: number): Failing => {
  const untriedMs = now - triedAt
  if (untriedMs <= 3 * tellTriedMs) return failing
  return Object.fromEntries(
    Object.entries(failing).map(([operation, since]) => [operation, since + untriedMs]),
  )
}

export const formatFailing = (failing: Failing): string => JSON.stringify(failing)
