import { CompiledQuery, Kysely, PostgresDialect, sql } from 'kysely'
import { type Backend, type Columns, type StoreDialect, toStorableValue } from '../dialect.ts'
import { mayPass, toStoreError } from './error.ts'
import { createPool, type Sockets } from './pool.ts'
import type { Schema } from '../schema.ts'

const connections = 10
/** The time limit of migrations: changing a large table takes longer than a query. */
export const patientTimeoutMs = 30 * 60_000
/** How often a transaction is run when it conflicts with others. */
const attempts = 10

/** Any number that no other program of the database locks. */
const migrationLock = 0x6d65_7773

/** Prepares up to 10 connections to a PostgreSQL database of version 14 or newer; `sslmode` in the address counts. */
export const openPostgres = (url: string, timeoutMs?: number, sockets?: Sockets): Backend => {
  const pool = createPool({ url, connections, timeoutMs, sockets })
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) })
  const transact: Backend['transact'] = async (work) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await db.transaction().execute(work)
      } catch (error) {
        if (attempt === attempts || !mayPass(error)) throw toStoreError(error)
      }
    }
  }
  let closed: Promise<void> | undefined
  const close = (): Promise<void> => (closed ??= pool.end())
  return { db, dialect: postgres, transact, close }
}

const postgres: StoreDialect = {
  name: 'postgres',
  table: <Row>(columns: Columns<Row>, rows: readonly Row[]) => {
    const names = Object.keys(columns) as (keyof Row & string)[]
    const typed = names.map((name) => sql`${sql.ref(name)} ${sql.raw(columns[name])}`)
    const json = JSON.stringify(
      rows.map((row) => Object.fromEntries(names.map((name) => [name, toStorableValue(row[name])]))),
    )
    return sql<Row>`(select * from json_to_recordset(${json}::json) as given(${sql.join(typed)}))`
  },
  insert: async (trx, { table, columns, ending = sql`` }, rows) => {
    if (rows.length === 0) return
    const names = sql.join(Object.keys(columns).map((name) => sql.ref(name)))
    await sql`insert into ${sql.table(table)} (${names})
      select ${names} from ${postgres.table(columns, rows)} as given where true ${ending}`.execute(trx)
  },
  list: (values) =>
    sql`(select value from json_array_elements_text(${JSON.stringify(values.map(toStorableValue))}::json))`,
  lockLanes: async (trx, lanes) => {
    if (lanes.length === 0) return
    await sql`select 1 from lane where id in ${postgres.list(lanes)}
      order by id for update`.execute(trx)
  },
  lockMigrations: async (trx) => {
    await trx.executeQuery(CompiledQuery.raw(`select pg_advisory_xact_lock(${migrationLock})`))
  },
  // The counters of another connection's changes come up to 10 s late, what it recorded at once.
  stamp: sql`select concat(
      (select max(at) from entry where payload <> ''), '.',
      (select sum(n_tup_ins + n_tup_upd + n_tup_del) from pg_stat_user_tables
        where schemaname = current_schema() and relname in ('entry', 'delivery'))
    ) as stamp`,
  writesThrough: sql`select case current_setting('fsync') when 'on' then 1 else 0 end as holds`,
  skipLocked: sql`for update skip locked`,
}
