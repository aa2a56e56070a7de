import type { Clock } from '../port.ts'
import { StoreError } from './error.ts'
import type { KeyvStorage } from './keyv-storage.ts'

type CreateAdapter = new (...given: readonly unknown[]) => KeyvStorage

/** How an official storage adapter is made. */
interface Package {
  readonly name: string
  /** What its constructor takes for an address. Default: the address. */
  readonly given?: (url: string) => readonly unknown[]
  /** Whether one that could not set itself up stays broken, so that it is made anew when a call failed. */
  readonly renewed?: boolean
}

/** A backend that does not answer for so long is taken for one that is away; some would let their callers wait for ever. */
const patienceMs = 5_000

/** It would answer an outage with silence; the adapter of Valkey knows the scheme of Redis, too. */
const redis: Package = {
  name: '@keyv/redis',
  given: (url) => [url, { throwOnErrors: true, throwOnConnectError: true }],
}
const valkey: Package = { name: '@keyv/valkey', given: (url) => [url.replace(/^valkey/i, 'redis')] }

/**
 * Its table has a name of its own: the connector's database has another `keyv`. Its pool takes no notice of an unused
 * connection that breaks, which would end the process: so none is kept.
 */
const postgres: Package = {
  name: '@keyv/postgres',
  given: (uri) => [{ uri, table: 'mews_chat_keyv', maxUses: 1, connectionTimeoutMillis: patienceMs }],
  renewed: true,
}
const mysql: Package = { name: '@keyv/mysql', renewed: true }
const mongo: Package = { name: '@keyv/mongo' }

/** Official storage adapters by the scheme of their addresses. */
const packages: Readonly<Record<string, Package>> = {
  redis,
  rediss: redis,
  valkey,
  valkeys: valkey,
  postgres,
  postgresql: postgres,
  mysql,
  mongodb: mongo,
  'mongodb+srv': mongo,
  memcache: { name: '@keyv/memcache' },
  etcd: { name: '@keyv/etcd' },
}

/** Where records live that are not in the database. */
export interface KeyvBackend {
  readonly keyv: (namespace: string) => KeyvStorage
  readonly close: () => Promise<void>
}

/** Loads a package by its name. */
export type LoadPackage = (name: string) => Promise<unknown>

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'

/** What Keyv calls to read and write. */
const calls: ReadonlySet<string | symbol> = new Set([
  'get',
  'getMany',
  'has',
  'hasMany',
  'set',
  'setMany',
  'delete',
  'deleteMany',
  'clear',
])

/** An adapter whose calls reject when they are not answered in time. */
const impatient = (create: () => KeyvStorage, { renewed = false }: Package, clock: Clock): KeyvStorage => {
  let adapter = create()
  let failed = false
  const inTime = async (answer: unknown): Promise<unknown> => {
    const answered = new AbortController()
    const late = clock.sleep(patienceMs, answered.signal).then(() => {
      if (answered.signal.aborted) return undefined
      throw new StoreError('unavailable', 'The backend named by KEYV_URL does not answer')
    })
    try {
      return await Promise.race([answer, late])
    } catch (error) {
      failed = true
      throw error
    } finally {
      answered.abort()
    }
  }
  return new Proxy(adapter, {
    get: (_, name) => {
      if (renewed && failed && calls.has(name)) {
        failed = false
        adapter = create()
      }
      const value: unknown = Reflect.get(adapter, name, adapter)
      if (typeof value !== 'function') return value
      return (...given: readonly unknown[]) => {
        const answer: unknown = Reflect.apply(value, adapter, given)
        return calls.has(name) ? inTime(answer) : answer
      }
    },
    set: (_, name, value) => Reflect.set(adapter, name, value, adapter),
  })
}

/**
 * Prepares the Keyv backend of `KEYV_URL`; every namespace gets a storage adapter of its own, which rejects when the backend
 * is away. Rejects with a `StoreError` `url` for a scheme that no official adapter has, or a package that is not installed;
 * its message never holds the address.
 */
export const openKeyvBackend = async (
  url: string,
  clock: Clock,
  load: LoadPackage = (name) => import(name),
): Promise<KeyvBackend> => {
  const scheme = url.slice(0, Math.max(0, url.indexOf(':'))).toLowerCase()
  const chosen = packages[scheme]
  if (chosen === undefined) {
    throw new StoreError('url', `KEYV_URL must begin with one of ${Object.keys(packages).join(', ')}`)
  }
  const { name, given = (address: string) => [address] } = chosen
  const loaded = await load(name).catch((error: unknown) => {
    if (!isMissing(error)) throw error
    throw new StoreError('url', `KEYV_URL needs the package ${name}: npm install ${name}`, { cause: error })
  })
  const { default: Adapter } = loaded as { readonly default: CreateAdapter }
  const opened = new Map<string, KeyvStorage>()
  const create = (namespace: string): KeyvStorage => {
    const adapter = new Adapter(...given(url))
    adapter.namespace = namespace
    // What fails rejects its call; an adapter that nobody listens to would end the process.
    adapter.on('error', () => {})
    opened.set(namespace, adapter)
    return adapter
  }
  return {
    keyv: (namespace) => impatient(() => create(namespace), chosen, clock),
    close: async () => {
      // Adapters may share a pool, which then is closed already.
      for (const adapter of opened.values()) await adapter.disconnect().catch(() => {})
    },
  }
}
