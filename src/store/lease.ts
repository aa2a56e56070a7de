import { sql } from 'kysely'
import type { Backend } from './dialect.ts'
import type { Db } from './schema.ts'
import type { Run } from './types.ts'

/** Most pauses are shorter. */
const usualPauseMs = 6 * 60_000

type Held = Pick<Run, 'lane' | 'token'>

/** Prolongs the leases that are still held with the given tokens; resolves with their lanes. */
export const renewLeases = (
  backend: Backend,
  runs: readonly Held[],
  until: number,
): Promise<ReadonlySet<string>> => setLeases(backend, runs, until)

/** Ends the leases that are still held with the given tokens; resolves with their lanes. */
export const releaseLeases = (backend: Backend, runs: readonly Held[]): Promise<ReadonlySet<string>> =>
  setLeases(backend, runs, 0)

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

/** Makes what waits in a group's lanes due; whoever holds one of them keeps it. */
export const wakeLanes = async (db: Db, group: string, now: number): Promise<void> => {
  await sql`update lane set next_at = ${now}
    where grp = ${group} and tail > head and failing_since is not null and next_at > ${now}`.execute(db)
}

/** What the clock showed before it was set back by `ms` comes by so much earlier; for a database that nobody else works on. */
export const setBack = async ({ db }: Backend, now: number, ms: number): Promise<void> => {
  await sql`update lane set next_at = next_at - ${ms} where tail > head and next_at > ${now}`.execute(db)
  await sql`update lane set lease_until = lease_until - ${ms} where lease_until > ${now}`.execute(db)
  await sql`update lane set failing_since = failing_since - ${ms} where failing_since > ${now}`.execute(db)
}

/** Makes due what failed and was put off for long, maybe by a clock that was wrong; for a start on a database that nobody else works on. */
export const tryFailedAgain = async ({ db }: Backend, now: number): Promise<void> => {
  await sql`update lane set next_at = ${now} where tail > head and failing_since is not null
    and awaiting = 0 and next_at > ${now + usualPauseMs}`.execute(db)
}

/** Ends every lease: for a database that nobody else works on. */
export const clearLeases = async ({ db }: Backend): Promise<void> => {
  await db.updateTable('lane').set({ lease_until: 0 }).where('lease_until', '>', 0).execute()
  await db.updateTable('lease').set({ until: 0 }).where('until', '>', 0).execute()
}
