import { LRUCache } from 'lru-cache'
import type { Clock } from '../port.ts'

/** More kinds at a time come from nobody who is let in. */
const maxKinds = 1000

/**
 * For what strangers can bring about as often as they like: tells of it at once, and then at most once in `everyMs`, with how often it
 * happened since it was last told of, and what was given with the latest.
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

/** How seldom it is told. */
interface SeldomOptions<Detail> {
  /** Milliseconds; default a minute. */
  readonly everyMs?: number
  /** Each kind is told of by itself, so that a frequent one does not hide a rare one; the last thousand kinds are remembered. */
  readonly kindOf?: (detail: Detail) => string
}
