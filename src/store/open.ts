import type { Clock } from '../port.ts'
import type { Books } from './admin/types.ts'
import { openKeyvBackend } from './keyv/backend.ts'
import { placeAll } from './spool/place-all.ts'
import type { Store } from './types.ts'
import { isPostgresUrl } from './url.ts'

/** An open store, with what people want to know of its records. */
export interface OpenStore extends Store {
  /** What time it is in the database, in milliseconds since 1970; rejects where the database has no clock of its own. */
  time(): Promise<number>
  readonly books: Books
  /** Takes up what `stampBackup` stamped: what waits is looked up before it is sent, and whoever holds a lane loses it. Changes nothing without a stamp. */
  takeUpBackup(): Promise<void>
  /** What another Keyv backend says of itself: the text of Redis's `INFO`. Undefined where it cannot be asked; rejects when it is away. */
  readonly keyvInfo?: () => Promise<string | undefined>
}

export interface StoreOptions {
  /** `sqlite:<relative or absolute path>`, the file and its folder are made; or `postgres://…`, a database that exists. */
  readonly url: string
  /** Another Keyv backend for bindings and installations. */
  readonly keyvUrl?: string | undefined
  readonly clock: Clock
  /**
   * For `serve`. On SQLite nobody else may serve from this database, and leases left by a crash end at once; on PostgreSQL
   * the processes wake each other up. For others what was recorded is placed first: nobody else may be there to do it.
   */
  readonly exclusive: boolean
  /** On a thread of its own. Default false. */
  readonly apart?: boolean
}

/**
 * Opens the database and brings its schema up to date. Rejects with a `StoreError`: `url`, `locked`, `newer` or
 * `unavailable`.
 */
export const openStore = async (options: StoreOptions): Promise<OpenStore> => {
  const { keyvUrl, clock, exclusive } = options
  if (keyvUrl === undefined) {
    const store = await openDatabase(options)
    if (!exclusive) await placeAll(store.log)
    return store
  }
  // A command has done what it can once the backend did not answer; `serve` asks again and again.
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
  if (apart) return (await import('./worker/store-client.ts')).openStoreApart(options)
  if (isPostgresUrl(url)) return (await import('./postgres/open.ts')).openPostgresStore(options)
  return (await import('./sqlite/open.ts')).openSqliteStore(options)
}
