import { acknowledge } from './subjects/acknowledge.ts'
import { endToEnd } from './subjects/end-to-end.ts'
import { growth } from './subjects/growth.ts'
import { instances } from './subjects/instances.ts'
import { latency } from './subjects/latency.ts'
import { rateLimit } from './subjects/rate-limit.ts'
import { recovery } from './subjects/recovery.ts'
import { replies } from './subjects/replies.ts'
import type { Benchmark } from './report.ts'

/** Every benchmark, in the order of the README's table. */
export const benches: readonly Benchmark[] = [
  acknowledge,
  endToEnd,
  rateLimit,
  latency,
  growth,
  recovery,
  replies,
  instances,
]
