import { DatabaseSync } from 'node:sqlite'
import { createStore, prepare } from '../create-store.ts'
import { StoreError } from '../error.ts'
import { clearLeases, resumeFailures, tryFailedAgain } from '../lanes/leases.ts'
import type { OpenStore, StoreOptions } from '../open-store.ts'
import { readGivenPath, readSqlitePath } from '../url.ts'
import { openSqlite } from './database.ts'
import { attemptOpening, closeSqlite, refuseSecondName, toSqliteCode } from './file.ts'
import { makePrivateFile } from './private-files.ts'
import { adoptSpool, openSqliteSpool } from './spool.ts'

/** Opens a SQLite store on the thread of the caller; rejects as `openStore` does. */
export const openSqliteStore = async ({ url, clock, exclusive }: StoreOptions): Promise<OpenStore> => {
  const path = readSqlitePath(url)
  // Before anything is made beside the other name.
  refuseSecondName(path)
  const unlock = exclusive ? lockServe(path) : () => {}
  try {
    const backend = openSqlite(path)
    await prepare(backend, { clock, exclusive })
    if (exclusive) await clearLeases(backend)
    if (exclusive) await tryFailedAgain(backend, clock.now())
    if (exclusive) await resumeFailures(backend, clock.now())
    if (exclusive) adoptSpool(readGivenPath(url), path)
    const spool = openSqliteSpool(path)
    if (exclusive) await spool.retryRefused()
    return createStore({ ...backend, close: () => backend.close().finally(unlock) }, spool, clock)
  } catch (error) {
    unlock()
    throw error
  }
}

/** The file whose lock says that somebody has a database for themselves. */
export const toLockPath = (path: string): string => `${path}.serve`

/**
 * Makes this process the only `serve` on a database file, by an exclusive lock on a small file beside it; returns how to release it. The
 * operating system releases it when the process dies. Throws `locked` when another process has it, or `unavailable`.
 */
export const lockServe = (path: string): (() => void) =>
  attemptOpening(path, () => {
    const lockPath = toLockPath(path)
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
