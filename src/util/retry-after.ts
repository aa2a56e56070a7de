const shortestMs = 1000
/** So many seconds or more are a time since 1970, as some limit headers have it. */
const firstEpochSecond = 1_000_000_000

/**
 * How long a header asks to wait, in milliseconds from `now`: `Retry-After` (https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3,
 * seconds or a date) and its like. From a second to `longestMs`; undefined where it says no time.
 */
export const readRetryAfter = (
  header: string | null | undefined,
  now: number,
  longestMs: number,
): number | undefined => {
  const text = header?.trim() ?? ''
  if (text === '') return undefined
  const seconds = Number(text)
  const isDate = Number.isNaN(seconds)
  const given = isDate ? Date.parse(text) : seconds * 1000
  const ms = isDate || seconds >= firstEpochSecond ? given - now : given
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, shortestMs), longestMs)
}

/** How long to wait before another attempt. */
export interface Backoff {
  /** First pause, in milliseconds. */
  readonly firstMs: number
  /** Longest pause. */
  readonly maxMs: number
  /** 0 ≤ n < 1. */
  readonly random: () => number
}

/** The pause after `attempts` failed ones: doubling from `firstMs` up to `maxMs`, of which half is random. */
export const pauseAfter = (attempts: number, { firstMs, maxMs, random }: Backoff): number => {
  const full = Math.min(firstMs * 2 ** Math.min(attempts, 40), maxMs)
  return Math.round(full / 2 + (full / 2) * random())
}
