import { sql } from 'kysely'
import type { Migration } from './migrate.ts'

/** How often a thread was seen to be resolved and opened again. */
export const resolved: Migration = {
  name: 'resolved',
  statements: [sql`alter table thread add column changes bigint not null default 0`],
}
