import { openKeyvBackend } from './keyv/backend.ts'
import type { OpenStore, StoreOptions } from './open-store.ts'
import { drainAll } from './spool/drain.ts'
import { isPostgresUrl } from './url.ts'

/**
 * Opens the database and brings its schema up to date. Rejects with a `StoreError`: `url`, `locked`, `newer` or
 * `unavailable`.
 */
export const openStore = async (options: StoreOptions): Promise<OpenStore> => {
  const { keyvUrl, clock, exclusive } = options
  if (keyvUrl === undefined) {
    const store = await openDatabase(options)
    if (!exclusive) await drainAll(store.log)
    return store
  }
  // A command gives up once the backend did not answer; `serve` goes on asking.
  const patience = exclusive ? {} : { silentMs: Infinity, timeoutMs: 3_000 }
  const { keyv, info, close } = await openKeyvBackend({ url: keyvUrl, clock, ...patience })
  const store = await openStore({ ...options, keyvUrl: undefined })
  return {
    ...store,
    keyv,
    keyvInfo: info,
    close: async () => {
      await store.close()
      await close()
    },
  }
}

/** Each is loaded where it is opened: a driver, and what writes its queries, take more memory than all the rest of a store. */
const openDatabase = async (options: StoreOptions): Promise<OpenStore> => {
  const { url, apart = false } = options
  if (apart) return (await import('./worker/store-client.ts')).openStoreInWorker(options)
  if (isPostgresUrl(url)) return (await import('./postgres/open.ts')).openPostgresStore(options)
  return (await import('./sqlite/open.ts')).openSqliteStore(options)
}
