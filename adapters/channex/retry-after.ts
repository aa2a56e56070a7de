/** What a 429 without a time means, before jitter. */
const defaultMs = 60_000
const longestMs = 3_600_000
/** A larger number of seconds is a time since 1970. */
const firstEpochSecond = 1_000_000_000

const readWait = (header: string | null, now: number): number | undefined => {
  const text = header?.trim() ?? ''
  if (text === '') return undefined
  const seconds = /^\d+$/.test(text) ? Number(text) : undefined
  const until = seconds === undefined ? Date.parse(text) : seconds * 1000
  const ms = seconds !== undefined && seconds < firstEpochSecond ? until : until - now
  return ms >= 0 ? ms : undefined
}

/**
 * How long a 429 asks to wait, in milliseconds, at most an hour. Channex publishes neither its limits nor the names of
 * their headers, so each usual one is read; without any it is a minute and up to half of one more. `random`: 0 ≤ n < 1.
 */
export const readRetryAfter = (headers: Headers, now: number, random: () => number): number => {
  const waits = ['retry-after', 'ratelimit-reset', 'x-ratelimit-reset'].map((name) =>
    readWait(headers.get(name), now),
  )
  const wait = waits.find((ms) => ms !== undefined) ?? Math.round(defaultMs * (1 + random() / 2))
  return Math.min(wait, longestMs)
}
