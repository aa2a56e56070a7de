import type { Clock } from '../port.ts'

/**
 * For what strangers can bring about as often as they like: tells of it at once, and then at most once in `everyMs`, with how often it
 * happened since it was last told of, and what was given with the latest.
 */
export const createSeldom = <Detail = void>(
  clock: Clock,
  tell: (count: number, detail: Detail) => void,
  everyMs = 60_000,
): ((detail: Detail) => void) => {
  let count = 0
  let toldAt = -Infinity
  return (detail) => {
    count += 1
    const now = clock.now()
    // A clock that is put back silences nobody for longer.
    if (Math.abs(now - toldAt) < everyMs) return
    tell(count, detail)
    count = 0
    toldAt = now
  }
}
