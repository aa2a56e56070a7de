import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { Clock } from '../port.ts'
import { createAdminStore } from './admin/admin.ts'
import type { Backend } from './dialect.ts'
import { createKeyvStorage } from './keyv/storage.ts'
import { createLaneLog } from './lanes/lane-log.ts'
import { createWaits } from './lanes/waits.ts'
import { createMarks, createNamedLeases } from './marks.ts'
import { migrate } from './migrations/migrate.ts'
import type { Spool } from './spool/spool.ts'
import type { OpenStore, StoreOptions } from './open-store.ts'
import type { Db } from './schema.ts'
import { takeUpBackup } from './take-up.ts'
import { createThreads } from './threads.ts'
import { secretMark } from './types.ts'
import type { WakeUps } from './postgres/wake-ups.ts'

/** Brings the schema up to date and, for `serve`, takes up a backup that was put back; closes a database with which that is not possible. */
export const prepare = async (
  backend: Backend,
  { clock, follow, exclusive }: Pick<StoreOptions, 'clock' | 'follow' | 'exclusive'>,
): Promise<void> => {
  try {
    await follow?.(() => readTime(backend.db))
    await migrate(backend, clock.now())
    await keepSecret(backend)
    if (exclusive) await takeUpBackup(backend, clock.now())
  } catch (error) {
    await backend.close()
    throw error
  }
}

/** What time it is in a PostgreSQL database, in milliseconds since 1970. */
export const readTime = async (db: Db): Promise<number> => {
  const { rows } = await sql<{ now: number }>`
    select (extract(epoch from clock_timestamp()) * 1000)::float8 as now`.execute(db)
  return rows[0]?.now ?? NaN
}

/** Gives a database its secret as soon as it is there, so that each of its copies has the same one. */
const keepSecret = async ({ db }: Backend): Promise<void> => {
  const kept = await db.selectFrom('mark').select('name').where('name', '=', secretMark).executeTakeFirst()
  if (kept !== undefined) return
  const value = randomBytes(16).toString('hex')
  await db
    .insertInto('mark')
    .values({ name: secretMark, value })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** A store in a database whose schema is up to date. */
export const createStore = (backend: Backend, spool: Spool, clock: Clock, wakeUps?: WakeUps): OpenStore => {
  const { log, idle } = createLaneLog(backend, spool, clock, wakeUps)
  return {
    shared: backend.dialect.name === 'postgres',
    log,
    leases: createNamedLeases(backend, clock),
    threads: createThreads(backend),
    marks: createMarks(backend),
    waits: createWaits(backend, clock),
    admin: createAdminStore(backend, spool, clock),
    takeUpBackup: () => takeUpBackup(backend, clock.now()),
    keyv: (namespace) => createKeyvStorage(backend, clock, namespace),
    time: () => readTime(backend.db),
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
