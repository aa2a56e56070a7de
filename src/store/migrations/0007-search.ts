import { sql } from 'kysely'
import type { Migration } from './migrate.ts'

/** Searching reads the words and what filters them out of one index, newest first, and no row that does not fit. */
export const search: Migration = {
  name: 'search',
  statements: [
    sql`create index conversation_search on conversation (last_at, id, search, platform, property)`,
    sql`drop index conversation_latest`,
  ],
}
