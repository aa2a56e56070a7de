import { sql } from 'kysely'
import type { Migration } from './migrate.ts'

/** Who wrote something, by the platform's own id: names change, and two people may have the same. */
export const authors: Migration = {
  name: 'authors',
  statements: [sql`alter table delivery add column author_id text not null default ''`],
}
