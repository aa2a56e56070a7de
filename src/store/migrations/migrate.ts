import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { Backend, StoreDialect } from '../dialect.ts'
import { StoreError } from '../error.ts'
import { initial } from './release-0.1.ts'
import { leases } from './0002-leases.ts'
import { books } from './0003-books.ts'
import { unrouted } from './0004-unrouted.ts'
import { authors } from './0005-authors.ts'
import { resolved } from './0006-resolved.ts'
import { search } from './0007-search.ts'
import { pagedThreads } from './0008-paged-threads.ts'
import { words } from './0009-words.ts'
import { spool } from './0010-spool.ts'
import { byteOrder } from './0011-byte-order.ts'
import { laneNotes } from './0012-lane-notes.ts'
import { retries } from './0013-retries.ts'
import type { Trx } from '../schema.ts'

/** One step of the schema, never changed once released; written so that every database understands it. */
export interface Migration {
  readonly name: string
  readonly statements: readonly RawBuilder<unknown>[]
  /** What cannot be said in SQL that every database understands; after the statements, in the same transaction. */
  readonly run?: (trx: Trx, dialect: StoreDialect) => Promise<void>
}

/** In order; a migration's number is its place, from 1. */
const migrations: readonly Migration[] = [
  initial,
  leases,
  books,
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
]

/**
 * Applies, in one transaction, what the database does not have yet, whoever comes first; there is no way back. Throws `newer` when it has
 * more than this version knows.
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
