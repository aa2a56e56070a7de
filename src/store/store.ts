import type { Clock } from '../port.ts'
import { openStoreApart } from './apart.ts'
import { createBooks } from './books.ts'
import type { Books } from './books-types.ts'
import type { Backend } from './dialect.ts'
import { openKeyvBackend } from './keyv-backend.ts'
import { createKeyvStorage } from './keyv.ts'
import { createLaneLog } from './lane-log.ts'
import { clearLeases } from './lease.ts'
import { lockServe } from './lock.ts'
import { createMarks } from './marks.ts'
import { migrate } from './migrate.ts'
import { createNamedLeases } from './named-leases.ts'
import { connectionOf, openPostgres, patientTimeoutMs } from './postgres.ts'
import { createSockets } from './postgres-sockets.ts'
import type { Spool } from './spool.ts'
import { placeAll } from './place-all.ts'
import { createPostgresSpool } from './spool-postgres.ts'
import { openSqliteSpool } from './spool-sqlite.ts'
import { openSqlite } from './sqlite.ts'
import { createThreads } from './threads.ts'
import type { Store } from './types.ts'
import { isPostgresUrl, readSqlitePath } from './url.ts'
import { createWakeUps, type WakeUps } from './wake-ups.ts'

/** A database that does not answer is waited for no longer when the store closes. */
const closeMs = 1_000

/** An open store, with what people want to know of its records. */
export interface OpenStore extends Store {
  readonly books: Books
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
  /** SQLite on a thread of its own. Default false. */
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
  const { keyv, close } = await openKeyvBackend(keyvUrl, clock)
  const store = await openStore({ ...options, keyvUrl: undefined })
  return {
    ...store,
    keyv,
    close: async () => {
      await store.close()
      await close()
    },
  }
}

const openDatabase = async (options: StoreOptions): Promise<OpenStore> => {
  const { url, clock, exclusive, apart = false } = options
  if (isPostgresUrl(url)) return openShared(options)
  if (apart) return openStoreApart(options)
  const path = readSqlitePath(url)
  const unlock = exclusive ? lockServe(path) : () => {}
  try {
    const backend = openSqlite(path)
    await prepare(backend, clock)
    if (exclusive) await clearLeases(backend)
    const spool = openSqliteSpool(path)
    if (exclusive) await spool.retryRefused()
    return createStore({ ...backend, close: () => backend.close().finally(unlock) }, spool, clock)
  } catch (error) {
    unlock()
    throw error
  }
}

const openShared = async ({ url, clock, exclusive }: StoreOptions): Promise<OpenStore> => {
  const patient = openPostgres(url, patientTimeoutMs)
  await prepare(patient, clock)
  await patient.close()
  const sockets = createSockets()
  const backend = openPostgres(url, undefined, sockets)
  const wakeUps = exclusive ? createWakeUps(connectionOf(url, sockets), clock) : undefined
  const spool = createPostgresSpool(backend)
  const store = createStore(backend, spool, clock, wakeUps)
  await store.check()
  if (exclusive) await spool.retryRefused()
  const close = async (): Promise<void> => {
    const cut = setTimeout(sockets.cut, closeMs)
    await store.close().finally(() => clearTimeout(cut))
  }
  return { ...store, close }
}

/** Brings the schema up to date; closes a database with which that is not possible. */
const prepare = (backend: Backend, clock: Clock): Promise<void> =>
  migrate(backend, clock.now()).catch(async (error: unknown) => {
    await backend.close()
    throw error
  })

const createStore = (backend: Backend, spool: Spool, clock: Clock, wakeUps?: WakeUps): OpenStore => {
  const { log, idle } = createLaneLog(backend, spool, clock, wakeUps)
  return {
    shared: backend.dialect.name === 'postgres',
    log,
    leases: createNamedLeases(backend, clock),
    threads: createThreads(backend),
    marks: createMarks(backend),
    books: createBooks(backend, spool, clock),
    keyv: (namespace) => createKeyvStorage(backend, clock, namespace),
    check: async () => {
      await backend.db.selectFrom('migration').select('number').limit(1).execute()
    },
    close: async () => {
      await spool.close()
      await idle()
      await wakeUps?.close()
      await backend.close()
    },
  }
}
