import type { Clock } from '../port.ts'

/** After the first look in vain; later the regular look finds what there is. */
const againAfterMs = [5_000, 20_000, 80_000] as const
/** What is due within one of these takes one look. */
const togetherMs = 1_000

/** Announced messages that were not found, each with the times at which it is looked for again. */
export interface Missed {
  /** These were not found just now. */
  add(ids: readonly string[]): void
  /** Everything was looked through, and these messages were there. */
  looked(seen: ReadonlySet<string>): void
  /** When to look again, in milliseconds since 1970; `Infinity` when nothing is missed. */
  next(): number
}

export const createMissed = (clock: Clock): Missed => {
  const timesOf = new Map<string, readonly number[]>()
  return {
    add: (ids) => {
      const now = clock.now()
      const times = againAfterMs.map((ms) => Math.floor((now + ms) / togetherMs) * togetherMs)
      for (const id of ids) timesOf.set(id, times)
    },
    looked: (seen) => {
      const now = clock.now()
      for (const [id, times] of timesOf) {
        const left = times.filter((time) => time > now)
        if (seen.has(id) || left.length === 0) timesOf.delete(id)
        else timesOf.set(id, left)
      }
    },
    next: () => {
      let next = Infinity
      for (const [first = Infinity] of timesOf.values()) next = Math.min(next, first)
      return next
    },
  }
}
