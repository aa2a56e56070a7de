import { acknowledge } from './acknowledge.ts'
import { endToEnd } from './end-to-end.ts'
import { growth } from './growth.ts'
import { instances } from './instances.ts'
import { latency } from './latency.ts'
import { rateLimit } from './rate-limit.ts'
import { recovery } from './recovery.ts'
import type { Bench } from './report.ts'

/** Every benchmark, in the order of the README's table. */
export const benches: readonly Bench[] = [
  acknowledge,
  endToEnd,
  rateLimit,
  latency,
  growth,
  recovery,
  instances,
]
