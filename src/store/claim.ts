import { sql } from 'kysely'
import { readDeliveries } from './deliveries.ts'
import type { Backend, StoreDialect } from './dialect.ts'
import type { LaneTable, Trx } from './schema.ts'
import type { ClaimQuery, Run, StoredEntry } from './types.ts'

type DueLane = Pick<LaneTable, 'id' | 'head' | 'tail' | 'token' | 'attempts' | 'failing_since' | 'routing'>

/** The positions of one lane that a claim hands out: beyond `after`, up to `through`. */
export interface Span {
  readonly lane: string
  readonly after: number
  readonly through: number
}

/** Leases a group's due lanes, the longest due first, and reads what waits in them. */
export const claimRuns = (
  { dialect, transact }: Backend,
  query: ClaimQuery,
  now: number,
): Promise<readonly Run[]> =>
  transact(async (trx) => {
    const lanes = await findDue(trx, dialect, query, now)
    const taken = cut(lanes, query)
    if (taken.length === 0) return []
    const spans = taken.map(({ span }) => span)
    await lease(
      trx,
      dialect,
      spans.map(({ lane }) => lane),
      now + query.leaseMs,
    )
    const entries = await readEntries(trx, dialect, spans)
    return taken.map(({ lane, span }) => ({
      lane: lane.id,
      group: query.group,
      routing: lane.routing,
      token: lane.token + 1,
      attempts: lane.attempts,
      failingSince: lane.failing_since,
      entries: entries.get(span.lane) ?? [],
    }))
  })

const findDue = async (
  trx: Trx,
  dialect: StoreDialect,
  { group, limit }: ClaimQuery,
  now: number,
): Promise<readonly DueLane[]> => {
  const { rows } = await sql<DueLane>`
    select id, head, tail, token, attempts, failing_since, routing from lane
    where grp = ${group} and tail > head and lease_until <= ${now}
      and (failing_since is null or next_at <= ${now})
    order by next_at limit ${limit} ${dialect.skipLocked}`.execute(trx)
  return rows
}

/** Whole runs until the limit is reached, the last one cut. */
const cut = (
  lanes: readonly DueLane[],
  { limit, limitPerLane = limit }: ClaimQuery,
): readonly { lane: DueLane; span: Span }[] => {
  const taken: { lane: DueLane; span: Span }[] = []
  let left = limit
  for (const lane of lanes) {
    if (left <= 0) break
    const size = Math.min(lane.tail - lane.head, limitPerLane, left)
    taken.push({ lane, span: { lane: lane.id, after: lane.head, through: lane.head + size } })
    left -= size
  }
  return taken
}

const lease = async (
  trx: Trx,
  dialect: StoreDialect,
  lanes: readonly string[],
  until: number,
): Promise<void> => {
  await sql`update lane set token = token + 1, lease_until = ${until}
    where id in ${dialect.list(lanes)}`.execute(trx)
}

const readEntries = async (
  trx: Trx,
  dialect: StoreDialect,
  spans: readonly Span[],
): Promise<ReadonlyMap<string, readonly StoredEntry[]>> => {
  const deliveries = await readDeliveries(trx, dialect, spans)
  const wanted = dialect.table({ lane: 'text', after: 'bigint', through: 'bigint' }, spans)
  const { rows } = await sql<Omit<StoredEntry, 'deliveries'> & { lane: string }>`
    select entry.lane, entry.pos, entry.kind, entry.payload, entry.at
    from ${wanted} as wanted
    join entry on entry.lane = wanted.lane and entry.pos > wanted.after and entry.pos <= wanted.through
    order by entry.lane, entry.pos`.execute(trx)
  const entries = new Map<string, StoredEntry[]>(spans.map(({ lane }) => [lane, []]))
  for (const { lane, ...entry } of rows) {
    entries.get(lane)?.push({ ...entry, deliveries: deliveries.get(lane)?.get(entry.pos) ?? [] })
  }
  return entries
}
