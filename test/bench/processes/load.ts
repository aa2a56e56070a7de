import { answerQuestions } from '../child.ts'
import { sendAll } from '../client.ts'
import { type Dress, toRequest } from '../events.ts'

/** What is to be sent: `count` messages, the first being number `first`, to these ports in turn, spread over the conversations. */
export interface Load {
  readonly dress: Dress
  readonly ports: readonly number[]
  readonly connections: number
  readonly first: number
  readonly count: number
  readonly conversations: number
}

/** How it went; latencies in milliseconds. */
export interface LoadResult {
  readonly seconds: number
  readonly p50: number
  readonly p99: number
  readonly statuses: Readonly<Record<string, number>>
  /** How busy this process was, from 0 to 1 (of one core): near 1 it was itself the limit. */
  readonly busy: number
}

const quantile = (sorted: Float64Array, q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0

const load = async ({
  dress,
  ports,
  connections,
  first,
  count,
  conversations,
}: Load): Promise<LoadResult> => {
  const requests = Array.from({ length: count }, (_, index) =>
    toRequest(dress, { conversation: index % conversations, number: first + index }),
  )
  const before = process.cpuUsage()
  const shares = ports.map((port, place) => ({
    port,
    requests: requests.filter(({ conversation }) => conversation % ports.length === place),
  }))
  const runs = await Promise.all(
    shares.map((share) => sendAll(share.port, share.requests, Math.ceil(connections / ports.length))),
  )
  const { user, system } = process.cpuUsage(before)
  const seconds = Math.max(...runs.map((run) => run.seconds))
  const latencies = Float64Array.from(runs.flatMap((run) => [...run.latencies])).toSorted()
  const statuses: Record<string, number> = {}
  for (const run of runs)
    for (const [status, times] of Object.entries(run.statuses))
      statuses[status] = (statuses[status] ?? 0) + times
  return {
    seconds,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    statuses,
    busy: (user + system) / 1e6 / seconds,
  }
}

answerQuestions(load)
