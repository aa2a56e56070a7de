import { sql } from 'kysely'
import type { Backend } from '../dialect.ts'
import { StoreError } from '../error.ts'
import {
  authors,
  admin,
  byteOrder,
  initial,
  laneNotes,
  leases,
  type Migration,
  pagedThreads,
  resolved,
  retries,
  search,
  spool,
  stays,
  unrouted,
  waits,
  words,
} from './release-0.1.ts'

/** In order; a migration's number is its place, from 1. */
const migrations: readonly Migration[] = [
  initial,
  leases,
  admin,
  unrouted,
  authors,
  resolved,
  search,
  pagedThreads,
  words,
  spool,
  byteOrder,
  laneNotes,
  retries,
  waits,
  stays,
]

/**
 * Applies, in one transaction, the migrations that the database lacks; the first process does it, and there is no way back. Throws `newer`
 * when it has more than this version knows.
 */
export const migrate = ({ dialect, transact }: Backend, now: number): Promise<void> =>
  transact(async (trx) => {
    await dialect.lockMigrations(trx)
    await sql`create table if not exists migration (
      number bigint not null primary key,
      name text not null,
      at bigint not null
    )`.execute(trx)
    const { last } = await trx
      .selectFrom('migration')
      .select(({ fn }) => fn.max('number').as('last'))
      .executeTakeFirstOrThrow()
    const applied = last ?? 0
    if (applied > migrations.length) {
      throw new StoreError(
        'newer',
        `The database has migration ${applied}, this version knows ${migrations.length}: run the newer version again`,
      )
    }
    for (const [index, { name, statements, run }] of migrations.entries()) {
      if (index < applied) continue
      for (const statement of statements) await statement.execute(trx)
      await run?.(trx, dialect)
      await trx
        .insertInto('migration')
        .values({ number: index + 1, name, at: now })
        .execute()
    }
  })
