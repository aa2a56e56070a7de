import { sql } from 'kysely'
import type { Clock } from '../../port.ts'
import type { Backend } from '../dialect.ts'
import { createErasure } from '../erasure/erasure.ts'
import { putBackReason } from '../restored.ts'
import { createConversations } from '../search/search.ts'
import type { Spool } from '../spool/spool.ts'
import { createRepairs } from './repairs.ts'
import { readTranscript, readTranscriptOn } from './transcript.ts'
import type { AdminStore, Figures, GroupFigures } from './types.ts'

/** Reads and repairs the records for the console and the commands, on a database. */
export const createAdminStore = (
  backend: Backend,
  spool: Pick<Spool, 'size' | 'purge' | 'dropRefused'>,
  clock: Clock,
): AdminStore => ({
  conversations: createConversations(backend, clock),
  transcript: (conversation, limit, before) => readTranscript(backend, conversation, limit, before),
  transcriptOn: (conversation, limit, after) => readTranscriptOn(backend, conversation, limit, after),
  repairs: createRepairs(backend, clock),
  erasure: createErasure(backend, spool, clock),
  figures: { ...createFigures(backend, clock), spooled: () => spool.size() },
})

/** Counts from indexes that hold only what waits or has failed. */
const createFigures = ({ db, dialect }: Backend, clock: Clock): Omit<Figures, 'spooled'> => ({
  stamp: async () => {
    const { rows } = await dialect.stamp.execute(db)
    return String(rows[0]?.stamp)
  },
  writesThrough: async () => {
    const { rows } = await dialect.writesThrough.execute(db)
    return rows[0]?.holds === 1
  },
  lastRecorded: async () => {
    const { rows } = await sql<{ entry: number | null; delivery: number | null }>`select
      (select max(at) from entry) as entry, (select max(at) from delivery) as delivery`.execute(db)
    const { entry, delivery } = rows[0] ?? { entry: null, delivery: null }
    return entry === null ? undefined : Math.max(entry, delivery ?? 0)
  },
  groups: async () => {
    // The person who was asked has until the lane is due; then the connector goes on.
    const asked = sql`awaiting = 2 and next_at > ${clock.now()}`
    const { rows } = await sql<Omit<GroupFigures, 'oldestAt'> & { oldest_at: number | null }>`
      select grp as "group", count(*) as lanes, cast(sum(tail - head) as bigint) as waiting,
        count(case when awaiting = 2 then null else failing_since end) as failing,
        count(case when ${asked} then 1 end) as asked,
        min(case
          when ${asked} then null
          when awaiting = 2 or failing_since is null then next_at
          else failing_since end) as oldest_at
      from lane where tail > head group by grp order by grp`.execute(db)
    return rows.map(({ oldest_at, ...row }) => ({ ...row, oldestAt: oldest_at }))
  },
  unsure: async () => {
    const { rows } = await sql<{ parts: number }>`select count(*) as parts
      from lane join delivery on delivery.lane = lane.id and delivery.pos > lane.head
      where tail > head and state = 'sending' and delivery.reason like ${`${putBackReason}%`}`.execute(db)
    return rows[0]?.parts ?? 0
  },
  unreplied: async () => {
    const { rows } = await sql<{ property: string; conversations: number; oldest_at: number }>`
      select property, count(distinct conversation) as conversations, min(since) as oldest_at
      from wait where since is not null group by property`.execute(db)
    return rows.map(({ oldest_at, ...row }) => ({ ...row, oldestAt: oldest_at }))
  },
  failureCounts: async () => {
    const { rows } = await sql<{ failed: number; twice: number }>`select
      (select count(*) from delivery where state = 'failed') as failed,
      (select count(*) from delivery where possibly_twice = 1) as twice`.execute(db)
    return rows[0] ?? { failed: 0, twice: 0 }
  },
})
