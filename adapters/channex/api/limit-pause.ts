import { readRetryAfter } from '../../../src/util/retry-after.ts'

/** What a 429 without a time means, before jitter. */
const defaultMs = 60_000
const longestMs = 3_600_000

/**
 * How long a 429 asks to wait, in milliseconds, at most an hour. Channex does not publish the names of the headers
 * that say so, hence each usual one is read; without any it is a minute and up to half of one more. `random`: 0 ≤ n < 1.
 */
export const readLimitPause = (headers: Headers, now: number, random: () => number): number => {
  const pauses = ['retry-after', 'ratelimit-reset', 'x-ratelimit-reset'].map((name) =>
    readRetryAfter(headers.get(name), now, longestMs),
  )
  return pauses.find((ms) => ms !== undefined) ?? Math.round(defaultMs * (1 + random() / 2))
}
