import { type RawBuilder, sql } from 'kysely'

/**
 * Parameters in queries that run all the time, where SQLite's planner would look at the value: for each `limit ?`, and
 * since 3.54 for `column = ?` beside an `order by`. It then plans the statement anew for every execution, which costs
 * several times as much as the query. It does not look into a cast.
 */
export const asLimit = (count: number): RawBuilder<number> => sql`cast(${count} as bigint)`

export const asText = (value: string): RawBuilder<string> => sql`cast(${value} as text)`
