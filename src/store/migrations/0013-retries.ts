import { sql } from 'kysely'
import type { Migration } from './migrate.ts'

/** Which failed entry of its lane an entry tries again. */
export const retries: Migration = {
  name: 'retries',
  statements: [sql`alter table entry add column retry_of bigint`],
}
