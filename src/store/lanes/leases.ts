import { sql } from 'kysely'
import { asLimit, asText, type Backend, type StoreDialect } from '../dialect.ts'
import type { Db } from '../schema.ts'
import type { LaneState, RecordedEvent, Run } from './types.ts'

/** Most pauses are shorter. */
const usualPauseMs = 6 * 60_000

/** What is due is tried sooner while the connector works. */
const untriedMs = 60 * 60_000

/** Prolongs the leases that are still held with the given tokens; resolves with their lanes. */
export const renewLeases = (
  backend: Backend,
  runs: readonly Held[],
  until: number,
): Promise<ReadonlySet<string>> => setLeases(backend, runs, until)

/** Ends the leases that are still held with the given tokens; resolves with their lanes. */
export const releaseLeases = (backend: Backend, runs: readonly Held[]): Promise<ReadonlySet<string>> =>
  setLeases(backend, runs, 0)

/** Makes what waits in a group's lanes due. Holders keep their lanes. */
export const wakeLanes = async (db: Db, group: string, now: number): Promise<void> => {
  await sql`update lane set next_at = ${now}
    where grp = ${group} and tail > head and failing_since is not null and next_at > ${now}`.execute(db)
}

/**
 * The clock was set by `ms` and shows `now`: moves leases, pauses and the starts of failures by the same amount. For a database with no
 * other process.
 */
export const followClock = async (db: Db, now: number, ms: number): Promise<void> => {
  await sql`update lane set lease_until = lease_until + ${ms} where lease_until > ${now - ms}`.execute(db)
  await sql`update lane set next_at = next_at + ${ms}, failing_since = failing_since + ${ms}
    where tail > head and failing_since is not null`.execute(db)
}

/** Ends the leases of lanes and names that run longer than any lease does: a clock that was set back since wrote them. */
export const endUnrealLeases = async ({ db }: Backend, latest: number): Promise<void> => {
  await sql`update lane set lease_until = 1 where lease_until > ${latest}`.execute(db)
  await sql`update lease set until = 0 where until > ${latest}`.execute(db)
}

/** Makes due what failed and was put off for long, because a wrong clock may have done that. */
export const tryFailedAgain = async ({ db }: Backend, now: number): Promise<void> => {
  await sql`update lane set next_at = ${now} where tail > head and failing_since is not null
    and awaiting = 0 and next_at > ${now + usualPauseMs}`.execute(db)
}

/**
 * Does not count an hour or more without an attempt as failing: the connector was off, or the clock was set. For a start on a database with
 * no other process.
 */
export const resumeFailures = async ({ db }: Backend, now: number): Promise<void> => {
  await sql`update lane set failing_since = failing_since + ${now} - next_at, next_at = ${now}
    where tail > head and failing_since is not null and awaiting = 0 and next_at < ${now - untriedMs}`.execute(
    db,
  )
  // A wrong clock has written one of the two times, or both.
  await sql`update lane set failing_since = ${now} where tail > head and failing_since > ${now}`.execute(db)
}

/** Ends every lease. For a database with no other process. */
export const clearLeases = async ({ db }: Backend): Promise<void> => {
  await db.updateTable('lane').set({ lease_until: 0 }).where('lease_until', '>', 0).execute()
  await db.updateTable('lease').set({ until: 0 }).where('until', '>', 0).execute()
}

/** The states of lanes by name; unknown ones are left out. */
export const readStates = async (
  db: Db,
  dialect: StoreDialect,
  lanes: readonly string[],
): Promise<ReadonlyMap<string, LaneState>> => {
  const { rows } = await sql<{
    id: string
    grp: string
    note: string
    waiting: number
    last_at: number
    failing_since: number | null
    reason: string | null
  }>`
    select id, grp, note, failing_since, reason,
      (select count(*) from entry where lane = lane.id and pos > lane.head) as waiting,
      (select at from entry where lane = lane.id order by pos desc limit 1) as last_at
    from lane where id in ${dialect.list(lanes)}`.execute(db)
  return new Map(
    rows.map(({ id, grp, last_at, failing_since, ...same }) => [
      id,
      { ...same, group: grp, lastAt: last_at, failingSince: failing_since },
    ]),
  )
}

/** A lane's newest platform events, the newest first; erased ones are left out. */
export const readNewestEvents = async (
  db: Db,
  lane: string,
  limit: number,
): Promise<readonly RecordedEvent[]> => {
  const { rows } = await sql<Omit<RecordedEvent, 'done'> & { done: number }>`
    select entry.pos, payload, entry.at, case when entry.pos <= lane.head then 1 else 0 end as done
    from entry join lane on lane.id = entry.lane
    where entry.lane = ${asText(lane)} and kind = 'event' and payload <> ''
    order by entry.pos desc limit ${asLimit(limit)}`.execute(db)
  return rows.map(({ done, ...event }) => ({ ...event, done: done === 1 }))
}

type Held = Pick<Run, 'lane' | 'token'>

const setLeases = async (
  { dialect, transact }: Backend,
  runs: readonly Held[],
  until: number,
): Promise<ReadonlySet<string>> => {
  const held = dialect.table({ lane: 'text', token: 'bigint' }, runs)
  return transact(async (trx) => {
    await dialect.lockLanes(
      trx,
      runs.map(({ lane }) => lane),
    )
    const { rows } = await sql<{ id: string }>`
      update lane set lease_until = ${until} from ${held} as held
      where lane.id = held.lane and lane.token = held.token and lane.lease_until > 0
      returning id`.execute(trx)
    return new Set(rows.map(({ id }) => id))
  })
}
