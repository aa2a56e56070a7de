import { sql } from 'kysely'
import type { Migration } from './migrate.ts'

/** A property's threads are read page by page, from one index, also where many were active at the same moment. */
export const pagedThreads: Migration = {
  name: 'paged threads',
  statements: [
    sql`create index thread_paged on thread (property, active_at, thread_id) where thread_id is not null`,
    sql`drop index thread_active`,
  ],
}
