import { sql } from 'kysely'
import type { Backend } from './dialect.ts'
import type { Trx } from './schema.ts'
import type { Marks } from './types.ts'

/** In a copy: when it was made. */
const stampMark = 'backup'

/** The span of time in which other records than these were made. */
export const restoredMark = 'restored'

/** The beginning of the reason of parts that are doubtful since a restore. */
export const putBackReason = 'A backup was put back'

/** The time from making a backup to putting it back, whose records are lost; milliseconds since 1970. */
export interface RestoredSpan {
  readonly since: number
  readonly until: number
  /** Whether `until` is by Mews's clock. Before Mews has been asked it is by the machine's, which may have been wrong. */
  readonly certain?: boolean
}

/** Stamps a copy of a database, so that the first start on it looks up what waits in it or was written since. */
export const stampBackup = async (marks: Marks, at: number): Promise<void> => {
  const before = Number((await marks.get(stampMark)) ?? at)
  await marks.set(stampMark, String(Math.min(before, at)))
}

/** Undefined where no backup was put back. */
export const readRestored = async (marks: Marks): Promise<RestoredSpan | undefined> =>
  parseRestored(await marks.get(restoredMark))

/**
 * Takes over a copy that was put back, once. What waits in it may have been sent since it was made, so each part gets an unknown outcome.
 * No other process may work on the database.
 */
export const takeUpBackup = ({ dialect, transact }: Backend, now: number): Promise<void> =>
  transact(async (trx) => {
    await dialect.lockMigrations(trx)
    const { rows } = await sql<{ value: string }>`
      delete from mark where name = ${stampMark} returning value`.execute(trx)
    const [stamp] = rows
    if (stamp === undefined) return
    const at = Number(stamp.value)
    await doubtDeliveries(trx, at, now)
    await freeLanes(trx, now)
    await remember(trx, { since: at, until: now })
  })

/** Why what waits in a copy is looked up before it is sent. */
const mayBeThere = `${putBackReason}: it may have been sent since.`

/** Allows for clocks that differ, so that what was sent before the backup is not taken for what was sent after it. */
const clockToleranceMs = 26 * 60 * 60_000

/** How long a span is remembered: longer than conversations usually pause. */
const rememberedMs = 100 * 24 * 60 * 60_000

const parseRestored = (mark: string | undefined): RestoredSpan | undefined =>
  mark === undefined ? undefined : (JSON.parse(mark) as RestoredSpan)

const doubtDeliveries = async (trx: Trx, since: number, now: number): Promise<void> => {
  const earliest = since - clockToleranceMs
  await sql`
    update delivery set
      started_at = case when state = 'sending' then started_at else ${earliest} end,
      state = 'sending', reason = ${mayBeThere}, at = ${now}
    where state in ('waiting', 'sending') and (lane like 'turn:%' or lane like 'reply:%')
      and pos > (select head from lane where lane.id = delivery.lane)`.execute(trx)
}

/** Ends all leases, and makes what failed due again. */
const freeLanes = async (trx: Trx, now: number): Promise<void> => {
  await sql`update lane set next_at = ${now}, attempts = 0, failing_since = null, reason = null
    where tail > head and awaiting = 0`.execute(trx)
  await sql`update lane set lease_until = 0, token = token + 1 where lease_until > 0`.execute(trx)
  await sql`update lease set until = 0 where until > 0`.execute(trx)
}

/** A backup that is put back soon after another one covers the time of both. */
const remember = async (trx: Trx, span: RestoredSpan): Promise<void> => {
  const row = await trx.selectFrom('mark').select('value').where('name', '=', restoredMark).executeTakeFirst()
  const before = parseRestored(row?.value)
  const joined = before !== undefined && span.until - before.until < rememberedMs
  const value = JSON.stringify(joined ? { ...span, since: Math.min(before.since, span.since) } : span)
  await sql`insert into mark (name, value) values (${restoredMark}, ${value})
    on conflict (name) do update set value = excluded.value`.execute(trx)
}
