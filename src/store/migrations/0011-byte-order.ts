import { sql } from 'kysely'
import type { Migration } from './migrate.ts'

/** What rows are found by, in every table. */
const ids: Readonly<Record<string, readonly string[]>> = {
  lane: ['id', 'grp'],
  entry: ['lane'],
  seen: ['key', 'lane'],
  delivery: ['lane', 'target', 'native_id'],
  thread: ['reference', 'conversation', 'property', 'thread_id'],
  conversation: ['id', 'platform', 'property', 'search'],
  conversation_word: ['id'],
  mark: ['name'],
  lease: ['name'],
  keyv: ['space', 'key'],
}

/**
 * Ids are no words: PostgreSQL compares them byte by byte from now on, several times faster than by the rules of a
 * language, and indexes on them stay right when those rules change with the system's libraries. SQLite does so anyway.
 */
export const byteOrder: Migration = {
  name: 'byte-order',
  statements: [],
  run: async (trx, dialect) => {
    if (dialect.name !== 'postgres') return
    for (const [table, columns] of Object.entries(ids)) {
      const changes = columns.map((name) => sql`alter column ${sql.ref(name)} type text collate "C"`)
      await sql`alter table ${sql.table(table)} ${sql.join(changes)}`.execute(trx)
    }
  },
}
