import { LRUCache } from 'lru-cache'
import type { Clock } from '../port.ts'

/** How many kinds are remembered; authenticated callers cause fewer. */
const maxKinds = 1000

/**
 * Limits reports of what strangers can cause as often as they like. Reports at once, and then at most once in `everyMs`, with the number of
 * times since the last report and the latest details.
 */
export const createRateLimitedReport = <Detail = void>(
  clock: Pick<Clock, 'monotonic'>,
  tell: (count: number, detail: Detail) => void,
  { everyMs = 60_000, kindOf = () => '' }: SeldomOptions<Detail> = {},
): ((detail: Detail) => void) => {
  const kinds = new LRUCache<string, { count: number; toldAt: number }>({ max: maxKinds })
  return (detail) => {
    const kind = kindOf(detail)
    const known = kinds.get(kind) ?? { count: 0, toldAt: -Infinity }
    kinds.set(kind, known)
    known.count += 1
    const now = clock.monotonic()
    if (now - known.toldAt < everyMs) return
    tell(known.count, detail)
    known.count = 0
    known.toldAt = now
  }
}

/** The time between two reports. */
interface SeldomOptions<Detail> {
  /** Milliseconds; default a minute. */
  readonly everyMs?: number
  /** Each kind is reported separately, so that a frequent one does not hide a rare one; the last thousand kinds are remembered. */
  readonly kindOf?: (detail: Detail) => string
}
