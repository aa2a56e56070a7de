import { sql } from 'kysely'
import type { Migration } from './migrate.ts'

/** What people look for: conversations by their last activity, what failed, and what is old enough to be erased. */
export const books: Migration = {
  name: 'books',
  statements: [
    sql`create index entry_kept on entry (at) where payload <> ''`,
    sql`create index delivery_failed on delivery (at, lane, pos) where state = 'failed'`,
    sql`create index delivery_failed_lane on delivery (lane) where state = 'failed'`,
    sql`create index delivery_twice on delivery (lane) where possibly_twice = 1`,
    sql`create index thread_named on thread (started_at) where sender <> ''`,
    sql`create table conversation (
      id text not null primary key,
      platform text not null,
      property text not null,
      guest text not null,
      search text not null,
      last_at bigint not null
    )`,
    sql`create index conversation_latest on conversation (last_at, id)`,
    sql`create index conversation_platform on conversation (platform, last_at, id)`,
    sql`create index conversation_property on conversation (property, last_at, id)`,
    sql`create index conversation_named on conversation (last_at) where guest <> ''`,
  ],
}
