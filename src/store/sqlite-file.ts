import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import Sqlite from 'better-sqlite3'
import { StoreError } from './error.ts'

/** How long a write waits for another connection's before it fails. */
const busyTimeoutMs = 5_000

/** Opens a file, making it and its folder, whose every commit is written through to the disk; throws `unavailable` where SQLite cannot do that. */
export const openSqliteFile = (path: string): Sqlite.Database => {
  mkdirSync(dirname(path), { recursive: true })
  const database = new Sqlite(path, { timeout: busyTimeoutMs })
  database.pragma('journal_mode = wal')
  database.pragma('synchronous = full')
  // What was erased must not linger in free pages.
  database.pragma('secure_delete = on')
  const mode = database.pragma('journal_mode', { simple: true })
  const synchronous = database.pragma('synchronous', { simple: true })
  if (mode === 'wal' && synchronous === 2) return database
  database.close()
  throw new StoreError('unavailable', `SQLite cannot keep ${path} durable there: put it on a local disk`)
}
