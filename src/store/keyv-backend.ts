import type { Clock } from '../port.ts'
import { StoreError } from './error.ts'
import type { KeyvStorage } from './types.ts'

/** Official storage adapters by the scheme of their addresses. */
const packages: Readonly<Record<string, string>> = {
  redis: '@keyv/redis',
  rediss: '@keyv/redis',
  valkey: '@keyv/valkey',
  valkeys: '@keyv/valkey',
  postgres: '@keyv/postgres',
  postgresql: '@keyv/postgres',
  mysql: '@keyv/mysql',
  mongodb: '@keyv/mongo',
  'mongodb+srv': '@keyv/mongo',
  memcache: '@keyv/memcache',
  etcd: '@keyv/etcd',
}

type CreateAdapter = new (url: string, options?: object) => KeyvStorage

/** Where records live that are not in the database. */
export interface KeyvBackend {
  readonly keyv: (namespace: string) => KeyvStorage
  readonly close: () => Promise<void>
}

/** Loads a package by its name. */
export type LoadPackage = (name: string) => Promise<unknown>

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'

/** Backends that answer an outage with silence unless they are told not to. */
const strict: Readonly<Record<string, object>> = {
  '@keyv/redis': { throwOnErrors: true, throwOnConnectError: true },
}

/** A backend that does not answer for so long is taken for one that is away; some would let their callers wait for ever. */
const patienceMs = 5_000

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

/** The same adapter, whose calls reject when they are not answered in time. */
const impatient = (adapter: KeyvStorage, clock: Clock): KeyvStorage => {
  const inTime = async (answer: unknown): Promise<unknown> => {
    const answered = new AbortController()
    const late = clock.sleep(patienceMs, answered.signal).then(() => {
      if (answered.signal.aborted) return undefined
      throw new StoreError('unavailable', 'The backend named by KEYV_URL does not answer')
    })
    try {
      return await Promise.race([answer, late])
    } finally {
      answered.abort()
    }
  }
  return new Proxy(adapter, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      return (...given: readonly unknown[]) => {
        const answer: unknown = Reflect.apply(value, target, given)
        return calls.has(name) ? inTime(answer) : answer
      }
    },
    set: (target, name, value) => Reflect.set(target, name, value, target),
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
  const name = packages[scheme]
  if (name === undefined) {
    throw new StoreError('url', `KEYV_URL must begin with one of ${Object.keys(packages).join(', ')}`)
  }
  const loaded = await load(name).catch((error: unknown) => {
    if (!isMissing(error)) throw error
    throw new StoreError('url', `KEYV_URL needs the package ${name}: npm install ${name}`, { cause: error })
  })
  const { default: Adapter } = loaded as { readonly default: CreateAdapter }
  const opened: KeyvStorage[] = []
  return {
    keyv: (namespace) => {
      const adapter = new Adapter(toAddress(scheme, url), strict[name])
      adapter.namespace = namespace
      opened.push(adapter)
      return impatient(adapter, clock)
    },
    close: async () => {
      // Adapters may share a pool, which then is closed already.
      for (const adapter of opened) await adapter.disconnect().catch(() => {})
    },
  }
}

/** The adapter of Valkey knows the scheme of Redis. */
const toAddress = (scheme: string, url: string): string =>
  scheme.startsWith('valkey') ? url.replace(/^valkey/i, 'redis') : url
