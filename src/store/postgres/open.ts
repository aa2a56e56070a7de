import { createStore, prepare } from '../create-store.ts'
import { connectionOf, createSockets } from './pool.ts'
import { openPostgres, patientTimeoutMs } from './database.ts'
import { createPostgresSpool } from './spool.ts'
import type { OpenStore, StoreOptions } from '../open-store.ts'
import { createWakeUps } from './wake-ups.ts'

/** How long closing the store waits for a database that does not answer. */
const closeMs = 1_000

/** Opens a PostgreSQL store; rejects as `openStore` does. */
export const openPostgresStore = async (options: StoreOptions): Promise<OpenStore> => {
  const { url, clock, follow, exclusive } = options
  const patient = openPostgres(url, patientTimeoutMs)
  await prepare(patient, options)
  await patient.close()
  const sockets = createSockets()
  const backend = openPostgres(url, undefined, sockets)
  const wakeUps = exclusive ? createWakeUps(connectionOf(url, sockets), clock) : undefined
  const spool = createPostgresSpool(backend)
  const store = createStore(backend, spool, clock, wakeUps)
  await store.check()
  await follow?.(() => store.time())
  if (exclusive) await spool.retryRefused()
  const close = async (): Promise<void> => {
    const cut = setTimeout(sockets.cut, closeMs)
    await store.close().finally(() => clearTimeout(cut))
  }
  return { ...store, close }
}
