import { Socket } from 'node:net'
import type { PostgresPool, PostgresPoolClient } from 'kysely'
import { type ClientConfig, DatabaseError, Pool, type PoolConfig, types } from 'pg'
import { toStorableValue } from '../dialect.ts'
import { StoreError } from '../error.ts'
import { findSslModeProblem } from '../url.ts'
import { toStoreError } from './error.ts'

/** How long to wait for a connection and for a query; both stay below the lanes' leases. */
const connectTimeoutMs = 5_000

const queryTimeoutMs = 8_000

/** What `createPool` needs. */
export interface PoolOptions {
  readonly url: string
  readonly connections: number
  /** How long a query may take. Default: 8 s. */
  readonly timeoutMs?: number | undefined
  readonly sockets?: Sockets | undefined
}

/** Prepares connections to a PostgreSQL database; parameters are cleaned, and errors are a `StoreError`. Throws `url`. */
export const createPool = ({ url, connections, timeoutMs, sockets }: PoolOptions): PostgresPool => {
  const pool = new Pool({
    ...connectionOf(url, sockets ?? createSockets()),
    max: connections,
    query_timeout: timeoutMs ?? queryTimeoutMs,
    verify: requireDurable,
  })
  // A query on a broken connection reports the error itself; broken idle connections need no report.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return translated(pool)
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

/** Counts and times are far below 2^53; pg gives them as text. */
const int8: number = types.builtins.INT8

const question = `select current_setting('synchronous_commit') as mode, quote_ident(session_user) as role`

/** The sockets of a database's connections, so that dead ones can be closed. */
export interface Sockets {
  readonly open: () => Socket
  /** Ends every connection at once, and those that are made later. */
  readonly cut: () => void
}

export const createSockets = (): Sockets => {
  const live = new Set<Socket>()
  let isCut = false
  return {
    open: () => {
      const socket = new Socket()
      live.add(socket)
      socket.once('close', () => live.delete(socket))
      if (isCut) setImmediate(() => socket.destroy())
      return socket
    },
    cut: () => {
      isCut = true
      for (const socket of live) socket.destroy()
    },
  }
}

/**
 * Checks that a connection's commits wait for the disk. Each new connection is checked, because the setting of role, database or server may
 * change. Fails with `unavailable`, and what to do.
 */
const requireDurable: NonNullable<PoolConfig['verify']> = (client, done) => {
  client.query<{ mode: string; role: string }>(question, (error, result) => {
    if (error instanceof Error) return done(error)
    const off = result.rows.find(({ mode }) => mode === 'off')
    done(off === undefined ? undefined : refuse(off.role))
  })
}

const refuse = (role: string): StoreError =>
  new StoreError(
    'unavailable',
    `PostgreSQL would answer before a commit is on its disk: run \`alter role ${role} set synchronous_commit = on\`, and take synchronous_commit out of DATABASE_URL`,
  )

/**
 * The pool as Kysely uses it: parameters cleaned on their way in, errors on their way out. A connection with an outstanding answer is not
 * used again: a `begin` that timed out may still take effect, and later writes would be in a transaction that is never committed.
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

/** pg takes `sslmode=require` for `verify-full` unless it is told to read it as every other client of PostgreSQL does. */
const withModes = (url: string): string => {
  const address = new URL(url)
  if (!address.searchParams.has('sslmode')) return url
  address.searchParams.set('uselibpqcompat', 'true')
  return address.href
}

const getTypeParser: typeof types.getTypeParser = (type: number, format?: 'text' | 'binary') =>
  type === int8 && format !== 'binary' ? Number : types.getTypeParser(type, format)
