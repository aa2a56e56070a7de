import Sqlite from 'better-sqlite3'
import { StoreError } from './error.ts'

/** Errors that come of the data; after any other the next write would fail as well. */
const refusals = /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG|RANGE)/

/** Does something with SQLite or its file; whatever it throws becomes a `StoreError`, `invalid` or `unavailable`. */
export const attempt = <Result>(action: () => Result): Result => {
  try {
    return action()
  } catch (error) {
    if (error instanceof StoreError) throw error
    const message = error instanceof Error ? error.message : String(error)
    throw refusals.test(toSqliteCode(error))
      ? new StoreError('invalid', `The database refused a value: ${message}`, { cause: error })
      : new StoreError('unavailable', `The database cannot be used: ${message}`, { cause: error })
  }
}

/** SQLite's own code, `SQLITE_BUSY` for instance, or nothing. */
export const toSqliteCode = (error: unknown): string =>
  error instanceof Sqlite.SqliteError ? error.code : ''
