import { sql } from 'kysely'
import type { StoreDialect } from '../dialect.ts'
import { asLimit, asText } from '../parameter.ts'
import type { Db } from '../schema.ts'
import type { LaneState } from '../types.ts'

/** How lanes fare, by name; unknown ones are left out. */
export const readStates = async (
  db: Db,
  dialect: StoreDialect,
  lanes: readonly string[],
): Promise<ReadonlyMap<string, LaneState>> => {
  const { rows } = await sql<{
    id: string
    waiting: number
    last_at: number
    failing_since: number | null
    reason: string | null
  }>`
    select id, failing_since, reason,
      (select count(*) from entry where lane = lane.id and pos > lane.head) as waiting,
      (select at from entry where lane = lane.id order by pos desc limit 1) as last_at
    from lane where id in ${dialect.list(lanes)}`.execute(db)
  return new Map(
    rows.map(({ id, waiting, last_at, failing_since, reason }) => [
      id,
      { waiting, lastAt: last_at, failingSince: failing_since, reason },
    ]),
  )
}

/** A lane's newest platform events, the newest first; erased ones are left out. */
export const readNewestEvents = async (
  db: Db,
  lane: string,
  limit: number,
): Promise<readonly { payload: string; done: boolean }[]> => {
  const { rows } = await sql<{ payload: string; done: number }>`
    select payload, case when entry.pos <= lane.head then 1 else 0 end as done
    from entry join lane on lane.id = entry.lane
    where entry.lane = ${asText(lane)} and kind = 'event' and payload <> ''
    order by entry.pos desc limit ${asLimit(limit)}`.execute(db)
  return rows.map(({ payload, done }) => ({ payload, done: done === 1 }))
}
