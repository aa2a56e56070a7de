import type { Clock } from '../../port.ts'
import { StoreError } from '../error.ts'
import type { KeyvStorage } from '../types.ts'
import { failureCode } from '../../util/failure.ts'

/** A backend that does not answer within this time counts as unreachable; some would let their callers wait for ever. */
const defaultTimeoutMs = 5_000

/** How long to wait for a connection that cannot be closed. */
const closeMs = 1_000

/** The `INFO` of Redis and Valkey, https://redis.io/docs/latest/commands/info; each adapter has its client under another name. */
const redisInfo: Package['info'] = (adapter) => {
  const { client, redis: other } = adapter as Readonly<Record<string, { info?: () => Promise<unknown> }>>
  return (client ?? other)?.info?.()
}

/** It would not report an outage. The adapter of Valkey also takes the scheme of Redis. */
const redis: Package = {
  name: '@keyv/redis',
  given: (url) => [url, { throwOnErrors: true, throwOnConnectError: true }],
  info: redisInfo,
}

const valkey: Package = {
  name: '@keyv/valkey',
  given: (url) => [url.replace(/^valkey/i, 'redis')],
  info: redisInfo,
}

/**
 * Its table has a name of its own, because the connector's database has another `keyv`. Its pool does not handle the error of an idle
 * connection, which would end the process, so it keeps no idle one.
 */
const postgres: Package = {
  name: '@keyv/postgres',
  given: (uri) => [{ uri, table: 'mews_chat_keyv', maxUses: 1, connectionTimeoutMillis: defaultTimeoutMs }],
  renewed: true,
}

const mysql: Package = { name: '@keyv/mysql', renewed: true, leftOpen: true }

const mongo: Package = { name: '@keyv/mongo', renewed: true }

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

export interface KeyvBackendOptions {
  readonly url: string
  readonly clock: Clock
  /** For how long a backend that did not answer is not asked again. Default 1 s. */
  readonly silentMs?: number
  /** How long a call may take. Default 5 s. */
  readonly timeoutMs?: number
}

/** The backend for records that are not in the database. */
export interface KeyvBackend {
  readonly keyv: (namespace: string) => KeyvStorage
  /** The text of Redis's `INFO`; undefined for a backend without one. Rejects while it is unreachable. */
  readonly info: () => Promise<string | undefined>
  readonly close: () => Promise<void>
}

/** Loads a package by its name. */
export type LoadPackage = (name: string) => Promise<unknown>

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

const remedy = 'check that it runs, its address, and that it lets the connector in'

/**
 * Prepares the Keyv backend of `KEYV_URL`; every namespace gets a storage adapter of its own, which rejects while the backend is
 * unreachable. Rejects with a `StoreError` `url` for a scheme that no official adapter has, or a package that is not installed; its message
 * never holds the address.
 */
export const openKeyvBackend = async (
  { url, clock, silentMs = 1_000, timeoutMs = defaultTimeoutMs }: KeyvBackendOptions,
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
  const asking = { clock, silentMs, timeoutMs, silence: { until: 0 } }
  const create = (namespace: string): KeyvStorage => {
    const adapter = new Adapter(...given(url))
    adapter.namespace = namespace
    // A failure rejects its call. Without this listener an adapter's error event would end the process.
    adapter.on('error', () => {})
    // A set-up that fails before the first call would end the process as well.
    if (chosen.renewed === true) adapter.get('').catch(() => {})
    opened.set(namespace, adapter)
    return adapter
  }
  return {
    keyv: (namespace) => impatient(() => create(namespace), chosen, asking),
    info: async () => {
      const [adapter] = opened.values()
      const text = adapter === undefined ? undefined : await chosen.info?.(adapter)
      return typeof text === 'string' ? text : undefined
    },
    close: async () => {
      if (chosen.leftOpen === true) return
      // Adapters may share a pool that is closed already; one that never connected may wait for ever.
      const ended = [...opened.values()].map((adapter) => adapter.disconnect().catch(() => {}))
      const waited = new AbortController()
      await Promise.race([Promise.all(ended), clock.sleep(closeMs, waited.signal)])
      waited.abort()
    },
  }
}

/** How an official storage adapter is made. */
interface Package {
  readonly name: string
  /** What its constructor takes for an address. Default: the address. */
  readonly given?: (url: string) => readonly unknown[]
  /** Whether an adapter whose set-up failed stays broken, so that it must be made anew after a failed call. */
  readonly renewed?: boolean
  /** Whether it stays open until the process ends, because its `disconnect` throws outside its promise where a connection is broken. */
  readonly leftOpen?: boolean
  /** Asks the backend for its `INFO`; undefined where its adapter cannot. */
  readonly info?: (adapter: object) => Promise<unknown> | undefined
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'

type CreateAdapter = new (...given: readonly unknown[]) => KeyvStorage

/** An adapter whose calls reject with `unavailable` when they fail, or are not answered in time. */
const impatient = (
  create: () => KeyvStorage,
  { renewed = false }: Package,
  { clock, silentMs, timeoutMs, silence }: Required<Omit<KeyvBackendOptions, 'url'>> & { silence: Silence },
): KeyvStorage => {
  let adapter = create()
  let failed = false
  const silent = (): StoreError => {
    failed = true
    return new StoreError('unavailable', `The backend named by KEYV_URL does not answer: ${remedy}`)
  }
  const inTime = async (answer: unknown): Promise<unknown> => {
    const answered = new AbortController()
    const late = clock.sleep(timeoutMs, answered.signal).then(() => {
      if (answered.signal.aborted) return undefined
      silence.until = clock.monotonic() + silentMs
      throw silent()
    })
    try {
      return await Promise.race([answer, late])
    } catch (error) {
      failed = true
      if (error instanceof StoreError) throw error
      const message = `The backend named by KEYV_URL failed (${failureCode(error)}): ${remedy}`
      throw new StoreError('unavailable', message, { cause: error })
    } finally {
      answered.abort()
    }
  }
  return new Proxy(adapter, {
    get: (_, name) => {
      const asks = calls.has(name)
      if (asks && clock.monotonic() < silence.until) return () => Promise.reject(silent())
      if (renewed && failed && asks) {
        failed = false
        adapter = create()
      }
      const value: unknown = Reflect.get(adapter, name, adapter)
      if (typeof value !== 'function') return value
      return (...given: readonly unknown[]) => {
        const answer: unknown = Reflect.apply(value, adapter, given)
        return asks ? inTime(answer) : answer
      }
    },
    set: (_, name, value) => Reflect.set(adapter, name, value, adapter),
  })
}

/** A circuit breaker that the backend's adapters share: until its time ends, every call fails at once. */
interface Silence {
  until: number
}
