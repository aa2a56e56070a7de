import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { Clock } from '../../port.ts'
import { forgetNames } from '../search/words.ts'
import type { Erased, Erasure } from '../admin/types.ts'
import type { Backend, StoreDialect } from '../dialect.ts'
import { eraseGuest, erasedReason } from './erase-guest.ts'
import { findGuest } from './find-guest.ts'
import type { LaneTable, Trx } from '../schema.ts'
import type { Spool } from '../spool/spool.ts'

const vacuumPostgres = 'vacuum full entry, delivery, thread, conversation, conversation_word'

/** Removes texts and names. Keys, ids, times and states stay, so that nothing arrives twice and the counts stay right. */
export const createErasure = (
  backend: Backend,
  spool: Pick<Spool, 'purge' | 'dropRefused'>,
  clock: Clock,
): Erasure => {
  const { db, dialect, transact } = backend
  const eraseLanes = async (
    trx: Trx,
    lanes: readonly string[],
  ): Promise<Omit<Erased, 'threads' | 'left'>> => {
    await dialect.lockLanes(trx, lanes)
    const { rows } = await sql<LaneTable>`select * from lane where id in ${dialect.list(lanes)}`.execute(trx)
    let givenUp = 0
    for (const lane of rows) givenUp += await giveUp(trx, lane, clock.now())
    const within = sql`lane in ${dialect.list(lanes)}`
    const entries = await count(trx, sql`update entry set payload = '' where payload <> '' and ${within}`)
    const deliveries = await count(
      trx,
      sql`update delivery set text = '', author = '', author_id = '' where (text <> '' or author <> '') and ${within}`,
    )
    return { entries, deliveries, givenUp }
  }

  return {
    findGuest: (nameOrId, onProgress = () => {}) => findGuest(backend, nameOrId, onProgress),
    eraseGuest: async (conversation, nameOrId) => {
      const { erased, isTraced } = await transact(async (trx) => {
        const found = await eraseGuest(trx, dialect, { conversation, nameOrId }, clock.now())
        // Nobody waits any more where nothing is left of what was said.
        await sql`delete from wait where conversation = ${conversation} and not exists (
          select 1 from delivery
          where lane = ${`turn:${conversation}`} and awaits_reply = 1 and text <> '')`.execute(trx)
        return found
      })
      return dropAside(spool, erased, conversation, isTraced)
    },
    erase: async (conversation) => {
      const erased = await transact(async (trx) => {
        const rows = await eraseLanes(trx, lanesOf(conversation))
        const threads = await emptyThreads(trx, sql`conversation = ${conversation}`)
        await forgetNames(trx, dialect, [conversation])
        await sql`delete from wait where conversation = ${conversation}`.execute(trx)
        return { ...rows, threads, left: 0 }
      })
      return dropAside(spool, erased, conversation)
    },
    eraseOlder: async (before, limit) => {
      const erased = await transact((trx) => eraseOld(trx, dialect, before, limit))
      return erased + (await spool.dropRefused(({ at }) => at < before))
    },
    purge: async (whole) => {
      if (whole) await sql.raw(dialect.name === 'sqlite' ? 'vacuum' : vacuumPostgres).execute(db)
      const isEmpty = await spool.purge()
      if (dialect.name !== 'sqlite') return isEmpty
      const { rows } = await sql<{ busy: number }>`pragma wal_checkpoint(truncate)`.execute(db)
      return isEmpty && rows[0]?.busy === 0
    },
  }
}

/** Ends what waits in a lane. A greater token takes the lane from its holder. */
const giveUp = async (trx: Trx, { id, head, tail }: LaneTable, now: number): Promise<number> => {
  if (tail === head) return 0
  await sql`insert into delivery
      (lane, pos, part, state, text, target, author, started_at, native_id, possibly_twice, reason, at)
    select lane, pos, 0, 'failed', '', '', '', ${now}, null, 0, null, ${now} from entry
    where lane = ${id} and pos > ${head} and not exists (
      select 1 from delivery where delivery.lane = entry.lane and delivery.pos = entry.pos)`.execute(trx)
  await sql`update delivery set state = 'failed', reason = ${erasedReason}, at = ${now}
    where lane = ${id} and pos > ${head} and state <> 'sent'`.execute(trx)
  await sql`update lane set head = tail, token = token + 1, lease_until = 0, attempts = 0,
    failing_since = null, reason = null where id = ${id}`.execute(trx)
  return tail - head
}

const count = async (trx: Trx, statement: RawBuilder<unknown>): Promise<number> => {
  const { numAffectedRows = 0n } = await statement.execute(trx)
  return Number(numAffectedRows)
}

/** Quarantined entries of the spool are in no lane and unread, so each one with a trace is removed as a whole. */
const dropAside = async (
  spool: Pick<Spool, 'dropRefused'>,
  erased: Erased,
  conversation: string,
  isTraced: (payload: string) => boolean = () => true,
): Promise<Erased> => {
  const lanes = lanesOf(conversation)
  const dropped = await spool.dropRefused(({ lane, payload }) => lanes.includes(lane) && isTraced(payload))
  return { ...erased, entries: erased.entries + dropped, givenUp: erased.givenUp + dropped }
}

const lanesOf = (conversation: string): readonly string[] => [`turn:${conversation}`, `reply:${conversation}`]

/** A thread that is still being opened gets a neutral subject and first message. */
const emptyThreads = (trx: Trx, which: RawBuilder<unknown>): Promise<number> =>
  count(
    trx,
    sql`update thread set subject = 'ref ' || reference,
      sender = case when thread_id is null then 'Guest' else '' end
      where sender <> '' and sender <> 'Guest' and ${which}`,
  )

/** One chunk of what is older and does not wait. */
const eraseOld = async (trx: Trx, dialect: StoreDialect, before: number, limit: number): Promise<number> => {
  const entries = await eraseDone(trx, dialect, before, limit)
  const old = sql`reference in (select reference from thread where sender <> '' and sender <> 'Guest'
    and started_at < ${before} order by started_at limit ${limit})`
  const threads = await emptyThreads(trx, old)
  const { rows } = await sql<{ id: string }>`
    select id from conversation where guest <> '' and last_at < ${before}
    order by last_at limit ${limit}`.execute(trx)
  await forgetNames(
    trx,
    dialect,
    rows.map(({ id }) => id),
  )
  const waits = await count(
    trx,
    sql`delete from wait where thread in (
      select thread from wait where at < ${before} order by at limit ${limit})`,
  )
  return entries + threads + waits
}

/** Done entries that are older, a chunk of them. */
const eraseDone = async (trx: Trx, dialect: StoreDialect, before: number, limit: number): Promise<number> => {
  const { rows } = await sql<{ lane: string; pos: number }>`
    select entry.lane, entry.pos from entry join lane on lane.id = entry.lane
    where payload <> '' and at < ${before} and pos <= head order by at limit ${limit}`.execute(trx)
  if (rows.length === 0) return 0
  const chosen = dialect.table({ lane: 'text', pos: 'bigint' }, rows)
  await sql`update delivery set text = '', author = '', author_id = '' from ${chosen} as chosen
    where delivery.lane = chosen.lane and delivery.pos = chosen.pos`.execute(trx)
  await sql`update entry set payload = '' from ${chosen} as chosen
    where entry.lane = chosen.lane and entry.pos = chosen.pos`.execute(trx)
  return rows.length
}
