import { sql } from 'kysely'
import type { Migration } from './migrate.ts'

/** What tells whose a lane is, and whether it waits for another entry rather than for a time. */
export const unrouted: Migration = {
  name: 'unrouted',
  statements: [
    sql`alter table lane add column routing text not null default ''`,
    sql`alter table lane add column awaiting bigint not null default 0`,
  ],
}
