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
