import { type RawBuilder, sql } from 'kysely'
import { asLimit, asText, type Backend, type StoreDialect } from '../dialect.ts'
import type { LaneTable, Trx } from '../schema.ts'
import { readDeliveries, type Span } from './deliveries.ts'
import type { ClaimQuery, Run, StoredEntry } from './types.ts'

/** What the payloads of one claim take together at most, in bytes; one that takes more comes alone. */
const bytesPerClaim = 16 * 1024 * 1024

/** So few entries stay below the limit whatever their size, so their size is not queried. */
const fewEntries = 16

/** Leases a group's due lanes, the longest due first, and reads what waits in them. */
export const claimRuns = (
  { dialect, transact }: Backend,
  query: ClaimQuery,
  now: number,
): Promise<readonly Run[]> =>
  transact(async (trx) => {
    const lanes = await findDue(trx, dialect, query, now)
    const spans = await fitting(trx, dialect, cut(lanes, query))
    if (spans.length === 0) return []
    await lease(
      trx,
      dialect,
      spans.map(({ lane }) => lane),
      now + query.leaseMs,
    )
    const entries = await readEntries(trx, dialect, spans)
    return lanes.slice(0, spans.length).map((lane) => ({
      lane: lane.id,
      group: query.group,
      routing: lane.routing,
      note: lane.note,
      token: lane.token + 1,
      attempts: lane.attempts,
      failingSince: lane.failing_since,
      claimedAt: now,
      entries: entries.get(lane.id) ?? [],
    }))
  })

/** No lane is put off for longer, except one that awaits an entry; a tenth more is jitter. */
const longestPauseMs = 66 * 60_000

/** Processes' clocks may differ by this much. */
const clocksDifferMs = 5 * 60_000

const findDue = async (
  trx: Trx,
  dialect: StoreDialect,
  { group, limit }: ClaimQuery,
  now: number,
): Promise<readonly DueLane[]> => {
  const { rows } = await sql<DueLane>`
    select id, head, tail, token, attempts, failing_since, routing, note from lane
    where grp = ${asText(group)} and tail > head and lease_until <= ${now}
      and (failing_since is null or next_at <= ${now} or ${isUnreal(now)})
    order by next_at limit ${asLimit(limit)} ${dialect.skipLocked}`.execute(trx)
  return rows
}

type DueLane = Pick<
  LaneTable,
  'id' | 'head' | 'tail' | 'token' | 'attempts' | 'failing_since' | 'routing' | 'note'
>

/** Whether a lane is put off until a time so far ahead that the clock must have been set back since. */
const isUnreal = (now: number): RawBuilder<boolean> => sql`(awaiting = 0
  and (next_at > ${now + longestPauseMs + clocksDifferMs} or failing_since > ${now + clocksDifferMs}))`

/** The first spans that together take no more than they may, the last one cut; at least one entry. */
const fitting = async (trx: Trx, dialect: StoreDialect, spans: readonly Span[]): Promise<readonly Span[]> => {
  const entries = spans.reduce((sum, { after, through }) => sum + through - after, 0)
  if (entries <= fewEntries) return spans
  const sizes = await readSizes(trx, dialect, spans)
  const fit: Span[] = []
  let left = bytesPerClaim
  for (const span of spans) {
    const own = sizes.get(span.lane) ?? []
    const end = own.findIndex(({ size }) => {
      left -= size
      return left < 0
    })
    if (end === -1) {
      fit.push(span)
      continue
    }
    const last = own[end - 1] ?? (fit.length === 0 ? own[0] : undefined)
    if (last !== undefined) fit.push({ ...span, through: last.pos })
    break
  }
  return fit
}

/** How many bytes the payloads of some lanes take, in their order. */
const readSizes = async (
  trx: Trx,
  dialect: StoreDialect,
  spans: readonly Span[],
): Promise<ReadonlyMap<string, readonly Size[]>> => {
  const { rows } = await sql<Size & { lane: string }>`
    select entry.lane, entry.pos, octet_length(entry.payload) as size ${wantedEntries(dialect, spans)}`.execute(
    trx,
  )
  return Map.groupBy(rows, ({ lane }) => lane)
}

interface Size {
  readonly pos: number
  readonly size: number
}

const wantedEntries = (dialect: StoreDialect, spans: readonly Span[]): RawBuilder<unknown> => {
  const wanted = dialect.table({ lane: 'text', after: 'bigint', through: 'bigint' }, spans)
  return sql`from ${wanted} as wanted
    join entry on entry.lane = wanted.lane and entry.pos > wanted.after and entry.pos <= wanted.through
    order by entry.lane, entry.pos`
}

/** Takes whole runs of the first lanes until the limit is reached, and cuts the last one. */
const cut = (lanes: readonly DueLane[], { limit, limitPerLane = limit }: ClaimQuery): readonly Span[] => {
  const spans: Span[] = []
  let left = limit
  for (const { id, head, tail } of lanes) {
    if (left <= 0) break
    const size = Math.min(tail - head, limitPerLane, left)
    spans.push({ lane: id, after: head, through: head + size })
    left -= size
  }
  return spans
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
  const { rows } = await sql<
    Omit<StoredEntry, 'deliveries' | 'retryOf'> & { lane: string; retry_of: number | null }
  >`
    select entry.lane, entry.pos, entry.kind, entry.payload, entry.at, entry.retry_of ${wantedEntries(dialect, spans)}`.execute(
    trx,
  )
  const entries = new Map<string, StoredEntry[]>(spans.map(({ lane }) => [lane, []]))
  for (const { lane, retry_of, ...entry } of rows) {
    const again = retry_of === null ? {} : { retryOf: retry_of }
    entries.get(lane)?.push({ ...entry, ...again, deliveries: deliveries.get(lane)?.get(entry.pos) ?? [] })
  }
  return entries
}
