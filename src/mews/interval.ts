const second = 1000
const day = 24 * 60 * 60 * second

/** The widest interval of `messages/getAll`, in milliseconds: one month, and the shortest month counts. */
export const widestMessages = 28 * day

/** The widest interval of `messageThreads/getAll`, in milliseconds: three months, and the shortest ones count. */
export const widestThreads = 3 * widestMessages

/** An interval as Mews takes it: UTC in whole seconds, the start included, the end not. */
export interface WireInterval {
  readonly StartUtc: string
  readonly EndUtc: string
}

const toWireTime = (at: number): string => new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z')

/**
 * Cuts `start` to `end` (milliseconds since 1970) into adjoining intervals of at most `widest`, oldest first. Outer ends are
 * moved outwards to whole seconds; the two ends of one interval are never equal, because Mews would compare for equality.
 */
export const toIntervals = (start: number, end: number, widest: number): readonly WireInterval[] => {
  const first = Math.floor(start / second) * second
  const last = Math.max(Math.ceil(end / second) * second, first + second)
  const intervals: WireInterval[] = []
  for (let from = first; from < last; from += widest) {
    intervals.push({ StartUtc: toWireTime(from), EndUtc: toWireTime(Math.min(from + widest, last)) })
  }
  return intervals
}
