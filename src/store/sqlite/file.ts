import { statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { explainFileFailure } from '../../util/failure.ts'
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
  const found = attemptOpening(path, () => statSync(path, { throwIfNoEntry: false }))
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

/** Does something with SQLite or its file; whatever it throws becomes a `StoreError`, `invalid` or `unavailable`. */
export const attempt = <Result>(action: () => Result): Result => {
  try {
    return action()
  } catch (error) {
    throw toStoreError(error)
  }
}

/** The same for what opens a database: the error names the file and the remedy. */
export const attemptOpening = <Result>(path: string, action: () => Result): Result => {
  try {
    return action()
  } catch (error) {
    const words = error instanceof StoreError ? undefined : explainOpening(path, error)
    throw words === undefined ? toStoreError(error) : new StoreError('unavailable', words, { cause: error })
  }
}

/** SQLite's own name for a failure, `SQLITE_BUSY` for instance, or nothing where the failure is not SQLite's. */
export const toSqliteCode = (error: unknown): string => {
  const code = readResultCode(error)
  return code === undefined ? '' : (names.get(code) ?? names.get(code & primary) ?? `SQLITE_${code}`)
}

/** Result codes by number, https://sqlite.org/rescode.html: those that are told apart here, and those that people meet. */
const names: ReadonlyMap<number, string> = new Map([
  [5, 'SQLITE_BUSY'],
  [6, 'SQLITE_LOCKED'],
  [8, 'SQLITE_READONLY'],
  [10, 'SQLITE_IOERR'],
  [11, 'SQLITE_CORRUPT'],
  [13, 'SQLITE_FULL'],
  [14, 'SQLITE_CANTOPEN'],
  [18, 'SQLITE_TOOBIG'],
  [19, 'SQLITE_CONSTRAINT'],
  [20, 'SQLITE_MISMATCH'],
  [25, 'SQLITE_RANGE'],
  [26, 'SQLITE_NOTADB'],
  [275, 'SQLITE_CONSTRAINT_CHECK'],
  [1299, 'SQLITE_CONSTRAINT_NOTNULL'],
  [1555, 'SQLITE_CONSTRAINT_PRIMARYKEY'],
  [1811, 'SQLITE_CONSTRAINT_TRIGGER'],
  [2067, 'SQLITE_CONSTRAINT_UNIQUE'],
])

/** An extended code says more in its higher bits. */
const primary = 0xff

/** Errors that come of the data; after any other the next write would fail as well. */
const refusals = /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG|RANGE)/

const writesThrough = (database: DatabaseSync): boolean => {
  const mode = database.prepare('pragma journal_mode').get()
  const synchronous = database.prepare('pragma synchronous').get()
  return mode?.['journal_mode'] === 'wal' && synchronous?.['synchronous'] === 2
}

const toStoreError = (error: unknown): StoreError => {
  if (error instanceof StoreError) return error
  const code = toSqliteCode(error)
  const message = error instanceof Error ? error.message : String(error)
  // Node.js gives every failure of SQLite the same code; SQLite's own tells people more.
  const cause = error instanceof Error && code !== '' ? Object.assign(error, { code }) : error
  return refusals.test(code)
    ? new StoreError('invalid', `The database refused a value: ${message}`, { cause })
    : new StoreError('unavailable', `The database cannot be used: ${message}`, { cause })
}

const explainOpening = (path: string, error: unknown): string | undefined => {
  switch (toSqliteCode(error)) {
    case 'SQLITE_NOTADB':
      return `${path} is no SQLite database: set DATABASE_URL to another path, or move that file away.`
    case 'SQLITE_CORRUPT':
      return `${path} is damaged: put a backup in its place.`
    case 'SQLITE_CANTOPEN':
      return isFolder(path)
        ? `${path} is a folder: set DATABASE_URL to a file.`
        : `${path} cannot be opened: let the user that runs this read and write it and its folder.`
    case 'SQLITE_READONLY':
      return `${path} cannot be written: let the user that runs this read and write it and its folder.`
    case 'SQLITE_FULL':
      return `The disk of ${path} is full: make room.`
    default:
      return explainFileFailure(error, path)
  }
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

const readResultCode = (error: unknown): number | undefined =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode
    : undefined
