import { sql } from 'kysely'
import type { Migration } from './migrate.ts'

/** What is durable and does not stand in its lane yet; SQLite has it in a file of its own. */
export const spool: Migration = {
  name: 'spool',
  statements: [],
  run: async (trx, dialect) => {
    if (dialect.name !== 'postgres') return
    await sql`create table spool (
      id bigint generated always as identity primary key,
      entries text not null,
      size bigint not null,
      refused bigint not null default 0
    )`.execute(trx)
  },
}
