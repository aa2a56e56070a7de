import { sql } from 'kysely'
import type { Clock } from '../port.ts'
import type { Backend } from './dialect.ts'
import { StoreError } from './error.ts'
import { createLaneLog } from './lanes/lane-log.ts'
import { readTime } from './create-store.ts'
import { clearLeases, followClock } from './lanes/leases.ts'
import { secretMark } from './types.ts'
import { lockServe } from './sqlite/open.ts'
import { migrate } from './migrations/migrate.ts'
import { drainAll } from './spool/drain.ts'
import { openPostgres } from './postgres/database.ts'
import type { Db, Trx } from './schema.ts'
import { insertSpooled } from './postgres/spool.ts'
import { toSpoolText } from './spool/spool.ts'
import { openSqliteSpool } from './sqlite/spool.ts'
import { openSqlite } from './sqlite/database.ts'
import type { Entry } from './lanes/types.ts'
import { hasDatabase, isPostgresUrl, readSqlitePath } from './url.ts'
import { countOf } from '../util/text.ts'

export interface CopyOptions {
  /** `sqlite:<path>`; no `serve` may be running on it. */
  readonly from: string
  /** `postgres://…`, a database without records. */
  readonly to: string
  readonly clock: Clock
  /** Called after every chunk with how many of the table's rows are there. */
  readonly onProgress: (table: string, rows: number, of: number) => void
}

const rowsAtOnce = 1_000

/** Tables that are not copied, because the target's own migrations fill them. */
const notCopied: ReadonlySet<string> = new Set(['migration'])

/**
 * Copies every record from SQLite to PostgreSQL, all or nothing, and compares what is there at the end. Resolves with the
 * number of rows by table. Rejects with a `StoreError`: `url`, `locked`, `newer`, `unavailable`, or `occupied`.
 */
export const copyStore = async (options: CopyOptions): Promise<ReadonlyMap<string, number>> => {
  const { from, to, clock } = options
  if (!isPostgresUrl(to)) {
    throw new StoreError('url', 'The database to copy to must be postgres://…')
  }
  const path = readSqlitePath(from)
  if (!hasDatabase(path)) throw new StoreError('url', `There is no database at ${path}: nothing was copied`)
  const unlock = lockServe(path)
  try {
    return await withBackend(openSqlite(path), (source) =>
      withBackend(openPostgres(to), async (target) => {
        await migrate(source, clock.now())
        await clearLeases(source)
        const refused = await placeRecorded(source, path, clock)
        const aheadMs = Math.round((await readTime(target.db)) - clock.now())
        await migrate(target, clock.now() + aheadMs)
        return target.transact(async (trx) => {
          const copied = await copyTables(source, trx, target, options)
          // What waits was put off by this machine's clock. There the database's counts.
          await followClock(trx, clock.now() + aheadMs, aheadMs)
          if (refused.length > 0) await insertSpooled(trx, toSpoolText(refused), 1)
          return copied
        })
      }),
    )
  } finally {
    unlock()
  }
}

const withBackend = async <Result>(
  backend: Backend,
  work: (backend: Backend) => Promise<Result>,
): Promise<Result> => {
  try {
    return await work(backend)
  } finally {
    await backend.close()
  }
}

/** Moves the last recorded entries into their lanes; resolves with those that the database refuses. */
const placeRecorded = async (source: Backend, path: string, clock: Clock): Promise<readonly Entry[]> => {
  const spool = openSqliteSpool(path)
  const { log, idle } = createLaneLog(source, spool, clock)
  try {
    await drainAll(log)
    return await spool.refused()
  } finally {
    await spool.close()
    await idle()
  }
}

const copyTables = async (
  { db }: Backend,
  trx: Trx,
  { dialect }: Backend,
  { onProgress }: CopyOptions,
): Promise<ReadonlyMap<string, number>> => {
  await dialect.lockMigrations(trx)
  const tables = await readTables(db)
  // A database that was opened once has a secret and nothing else; the copy has the source's.
  await trx.deleteFrom('mark').where('name', '=', secretMark).execute()
  for (const table of tables) await refuseRows(trx, table)
  const copied = new Map<string, number>()
  for (const table of tables) {
    const count = await countRows(db, table)
    await copyRows(db, trx, table, (rows) => onProgress(table, rows, count))
    const there = await countRows(trx, table)
    if (there !== count) {
      throw new StoreError(
        'invalid',
        `${there} of ${countOf(count, 'row')} of ${table} arrived: nothing was copied`,
      )
    }
    copied.set(table, count)
  }
  return copied
}

const readTables = async (db: Db): Promise<readonly string[]> => {
  const { rows } = await sql<{ name: string }>`select name from sqlite_master
    where type = 'table' and name not like 'sqlite%' order by name`.execute(db)
  return rows.map(({ name }) => name).filter((name) => !notCopied.has(name))
}

const refuseRows = async (trx: Trx, table: string): Promise<void> => {
  if ((await countRows(trx, table)) === 0) return
  throw new StoreError(
    'occupied',
    'The database to copy to has records already: name an empty one, nothing was copied',
  )
}

const countRows = async (db: Db, table: string): Promise<number> => {
  const { rows } = await sql<{ count: number }>`select count(*) as count from ${sql.table(table)}`.execute(db)
  return rows[0]?.count ?? 0
}

/** In the order in which they were written; no one else writes meanwhile. */
const copyRows = async (db: Db, trx: Trx, table: string, onChunk: (rows: number) => void): Promise<void> => {
  let last = 0
  let copied = 0
  for (;;) {
    const { rows } = await sql<
      Row & { copied_row: number }
    >`select rowid as copied_row, * from ${sql.table(table)}
      where rowid > ${last} order by rowid limit ${rowsAtOnce}`.execute(db)
    const chunk = rows.map(({ copied_row, ...row }) => {
      last = copied_row
      return row
    })
    const [first] = chunk
    if (first === undefined) return
    const names = Object.keys(first)
    const columns = sql.join(names.map((name) => sql.ref(name)))
    const values = chunk.map((row) => sql`(${sql.join(names.map((name) => row[name]))})`)
    await sql`insert into ${sql.table(table)} (${columns}) values ${sql.join(values)}`.execute(trx)
    copied += chunk.length
    onChunk(copied)
  }
}

type Row = Readonly<Record<string, unknown>>
