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

export const formatFailing = (failing: Failing): string => JSON.stringify(failing)
