import { DatabaseSync } from 'node:sqlite'
import { StoreError } from '../error.ts'
import { makePrivateFile } from './private-files.ts'
import { attemptOpening, toSqliteCode } from './sqlite-error.ts'
import { closeSqlite } from './file.ts'

/**
 * Makes this process the only `serve` on a database file, by an exclusive lock on a small file beside it; returns how to
 * give it up. The operating system takes it back when the process dies. Throws `locked` when somebody has it, or
 * `unavailable`.
 */
export const lockServe = (path: string): (() => void) =>
  attemptOpening(path, () => {
    const lockPath = `${path}.serve`
    makePrivateFile(lockPath)
    const file = new DatabaseSync(lockPath, { timeout: 0 })
    try {
      file.exec('begin exclusive')
    } catch (error) {
      file.close()
      throw toSqliteCode(error) === 'SQLITE_BUSY' ? refusal(path, error) : error
    }
    return () => closeSqlite(file)
  })

const refusal = (path: string, cause: unknown): StoreError =>
  new StoreError(
    'locked',
    `Another serve is running on ${path}: stop it, or give this one a DATABASE_URL of its own`,
    { cause },
  )
