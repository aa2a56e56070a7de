import { sql } from 'kysely'
import type { Migration } from './migrate.ts'

/** What whoever worked on a lane leaves to the next. */
export const laneNotes: Migration = {
  name: 'lane-notes',
  statements: [sql`alter table lane add column note text not null default ''`],
}
