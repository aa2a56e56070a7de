const shortest = 1000
const longest = 10 * 60 * 1000

/** Reads a `Retry-After` header, seconds or an HTTP date, as milliseconds from `now`, clamped to 1 s … 10 min; undefined when it is neither. */
export const readRetryAfter = (header: string | null, now: number): number | undefined => {
  if (header === null || header.trim() === '') return undefined
  const seconds = Number(header)
  const ms = Number.isNaN(seconds) ? Date.parse(header) - now : seconds * 1000
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, shortest), longest)
}
