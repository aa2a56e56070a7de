import { sql } from 'kysely'
import type { Backend } from './dialect.ts'
import { parseRestored, putBackReason, restoredMark, type RestoredSpan, stampMark } from './restored.ts'
import type { Trx } from './schema.ts'

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
