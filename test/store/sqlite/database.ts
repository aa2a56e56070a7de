import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openStore } from '../../../src/store/open.ts'
import type { TestDatabase } from '../../contracts/store/harness.ts'

export interface SqliteDatabase extends TestDatabase {
  readonly path: string
  /** Runs one statement behind the store's back. */
  run(statement: string): Promise<void>
}

/** A SQLite database in a temporary folder; `apart`: opened on a thread of its own. */
export const createSqliteDatabase = async ({ apart = false } = {}): Promise<SqliteDatabase> => {
  const folder = await mkdtemp(join(tmpdir(), 'store-'))
  const path = join(folder, 'data', 'connector.db')
  const run = async (statement: string): Promise<void> => {
    const database = new DatabaseSync(path)
    database.exec(statement)
    database.close()
  }
  return {
    path,
    open: (clock, { exclusive = true } = {}) => openStore({ url: `sqlite:${path}`, clock, exclusive, apart }),
    run,
    dropTable: (name) => run(`drop table ${name}`),
    destroy: () => rm(folder, { recursive: true }),
  }
}
