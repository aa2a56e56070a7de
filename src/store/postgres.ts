import { CompiledQuery, Kysely, PostgresDialect, sql } from 'kysely'
import type { PostgresPool, PostgresPoolClient } from 'kysely'
import { DatabaseError, Pool, types, type ClientConfig } from 'pg'
import type { Backend, Columns, StoreDialect } from './dialect.ts'
import { StoreError } from './error.ts'
import { requireDurable } from './postgres-durable.ts'
import { mayPass, toStoreError } from './postgres-error.ts'
import { createSockets, type Sockets } from './postgres-sockets.ts'
import type { Schema } from './schema.ts'
import { toStorableValue } from './text.ts'
import { findSslModeProblem } from '../util/ssl-mode.ts'

const connections = 10
/** A server that does not answer is taken for one that is away; both stay below the lanes' leases. */
const connectTimeoutMs = 5_000
const queryTimeoutMs = 8_000
/** For migrations: a large table is not changed in the time in which a question is answered. */
export const patientTimeoutMs = 30 * 60_000
/** How often a transaction that others got in the way of is run. */
const attempts = 10

/** Any number that no other program of the database locks. */
const migrationLock = 0x6d65_7773

/** Prepares up to 10 connections to a PostgreSQL database of version 14 or newer; `sslmode` in the address counts. */
export const openPostgres = (url: string, timeoutMs = queryTimeoutMs, sockets = createSockets()): Backend => {
  const pool = new Pool({
    ...connectionOf(url, sockets),
    max: connections,
    query_timeout: timeoutMs,
    verify: requireDurable,
  })
  // Whoever uses a connection that breaks is told by the query; nobody needs to be told of the others.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool: translated(pool) }) })
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

/** How a connection is made. Throws `url`, without repeating the value: it may hold a password. */
export const connectionOf = (url: string, sockets: Sockets): ClientConfig => {
  if (!URL.canParse(url)) {
    throw new StoreError('url', 'DATABASE_URL must be postgres://user:password@host:5432/database')
  }
  const problem = findSslModeProblem(url)
  if (problem !== undefined) throw new StoreError('url', `DATABASE_URL ${problem}`)
  return {
    connectionString: withModes(url),
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    stream: sockets.open,
    application_name: 'mews-chat-connector',
    types: { getTypeParser },
  }
}

/** pg takes `sslmode=require` for `verify-full` unless it is told to read it as every other client of PostgreSQL does. */
const withModes = (url: string): string => {
  const address = new URL(url)
  if (!address.searchParams.has('sslmode')) return url
  address.searchParams.set('uselibpqcompat', 'true')
  return address.href
}

/** Counts and times are far below 2^53; pg gives them as text. */
const int8: number = types.builtins.INT8

const getTypeParser: typeof types.getTypeParser = (type: number, format?: 'text' | 'binary') =>
  type === int8 && format !== 'binary' ? Number : types.getTypeParser(type, format)

/**
 * The pool as Kysely uses it: parameters cleaned on their way in, errors on their way out. A connection that owes an answer is used no
 * more: a `begin` that timed out may still come about, and whatever were written after it would be in a transaction that nobody commits.
 */
const translated = (pool: Pool): PostgresPool => ({
  connect: async () => {
    const client = await pool.connect().catch(fail)
    let broken: StoreError | undefined
    return {
      query: async (text: string, parameters: readonly unknown[]) => {
        if (broken !== undefined) throw broken
        try {
          return await client.query(text, parameters.map(toStorableValue))
        } catch (error) {
          const told = toStoreError(error)
          if (!(error instanceof DatabaseError)) broken = told
          throw told
        }
      },
      release: (discard: boolean) => client.release(discard || broken !== undefined),
    } as unknown as PostgresPoolClient
  },
  end: () => pool.end(),
  options: pool.options,
})

const fail = (error: unknown): never => {
  throw toStoreError(error)
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
  insert: async (trx, table, columns, rows, ending = sql``) => {
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
      order by id collate "C" for update`.execute(trx)
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
