import { statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { StoreError } from '../error.ts'
import { makePrivateFile } from './private-files.ts'

/** How long a write waits for another connection's before it fails. */
const busyTimeoutMs = 5_000

/** Opens a file, making it and its folder, whose every commit is written through to the disk; throws `unavailable` where SQLite cannot do that. */
export const openSqliteFile = (path: string): DatabaseSync => {
  makePrivateFile(path)
  refuseSecondName(path)
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs })
  try {
    database.exec('pragma journal_mode = wal')
    database.exec('pragma synchronous = full')
    // What was erased must not linger in free pages.
    database.exec('pragma secure_delete = on')
    if (writesThrough(database)) return database
    throw new StoreError('unavailable', `SQLite cannot keep ${path} durable there: put it on a local disk`)
  } catch (error) {
    database.close()
    throw error
  }
}

/**
 * Throws `unavailable` for a file that has another name (a hard link): SQLite keeps what was written last, and the connector its lock,
 * beside the name, so that one name does not see what is done under the other (https://sqlite.org/howtocorrupt.html, 2.4).
 */
export const refuseSecondName = (path: string): void => {
  const found = statSync(path, { throwIfNoEntry: false })
  // A folder has a name in each folder within it; SQLite itself refuses one.
  if (found?.isFile() !== true || found.nlink <= 1) return
  throw new StoreError(
    'unavailable',
    `${path} has a second name on its disk (a hard link), and what is written under one would be lost under the other: stop everything that uses it, and remove the other name (find / -xdev -inum ${found.ino})`,
  )
}

/** Closes a database; once more does nothing. */
export const closeSqlite = (database: DatabaseSync): void => {
  if (database.isOpen) database.close()
}

/** Makes work that writes several rows all or none of it; takes the right to write at once, and waits for it. */
export const transact = <Result>(database: DatabaseSync, work: () => Result): Result => {
  database.exec('begin immediate')
  try {
    const result = work()
    database.exec('commit')
    return result
  } catch (error) {
    // After some failures SQLite has rolled back by itself; a second rollback would hide what went wrong.
    if (database.isTransaction) database.exec('rollback')
    throw error
  }
}

const writesThrough = (database: DatabaseSync): boolean => {
  const mode = database.prepare('pragma journal_mode').get()
  const synchronous = database.prepare('pragma synchronous').get()
  return mode?.['journal_mode'] === 'wal' && synchronous?.['synchronous'] === 2
}
