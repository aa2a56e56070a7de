import { sql } from 'kysely'
import type { Migration } from './migrate.ts'

/** Who works on something of which there is one for all processes, and what the last one noted. */
export const leases: Migration = {
  name: 'leases',
  statements: [
    sql`create table lease (
      name text not null primary key,
      token bigint not null,
      until bigint not null,
      note text not null
    )`,
  ],
}
