import { createStore, prepare } from '../create-store.ts'
import { clearLeases, resumeFailures, tryFailedAgain } from '../lanes/leases.ts'
import { lockServe } from './lock.ts'
import { adoptSpool } from './spool-file.ts'
import { openSqliteSpool } from './spool.ts'
import { openSqlite } from './database.ts'
import { refuseSecondName } from './file.ts'
import type { OpenStore, StoreOptions } from '../open.ts'
import { readGivenPath, readSqlitePath } from '../url.ts'

/** Opens a SQLite store on the thread of the caller; rejects as `openStore` does. */
export const openSqliteStore = async ({ url, clock, exclusive }: StoreOptions): Promise<OpenStore> => {
  const path = readSqlitePath(url)
  // Before anything is made beside the other name.
  refuseSecondName(path)
  const unlock = exclusive ? lockServe(path) : () => {}
  try {
    const backend = openSqlite(path)
    await prepare(backend, clock, exclusive)
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
