import type { Clock } from '../../port.ts'
import { StoreError } from '../error.ts'
import type { KeyvStorage } from '../types.ts'
import { failureCode } from '../../util/failure.ts'

/** A backend that does not answer for so long is taken for one that is away; some would let their callers wait for ever. */
const defaultTimeoutMs = 5_000

/** A connection that cannot be closed is waited for no longer. */
const closeMs = 1_000

/** What Redis and Valkey say of themselves, https://redis.io/docs/latest/commands/info; each adapter has its client under another name. */
const redisInfo: Package['info'] = (adapter) => {
  const { client, redis: other } = adapter as Readonly<Record<string, { info?: () => Promise<unknown> }>>
  return (client ?? other)?.info?.()
}

/** It would answer an outage with silence; the adapter of Valkey knows the scheme of Redis, too. */
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
 * Its table has a name of its own: the connector's database has another `keyv`. Its pool takes no notice of an unused
 * connection that breaks, which would end the process: so none is kept.
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

/** Where records live that are not in the database. */
export interface KeyvBackend {
  readonly keyv: (namespace: string) => KeyvStorage
  /** What the backend says of itself (the text of Redis's `INFO`); undefined where it cannot be asked. Rejects when it is away. */
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
 * Prepares the Keyv backend of `KEYV_URL`; every namespace gets a storage adapter of its own, which rejects when the backend
 * is away. Rejects with a `StoreError` `url` for a scheme that no official adapter has, or a package that is not installed;
 * its message never holds the address.
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
    // What fails rejects its call; an adapter that nobody listens to would end the process.
    adapter.on('error', () => {})
    // Where setting up fails before anybody asks, that would end the process as well.
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
      // Adapters may share a pool, which then is closed already; one that was never connected may wait for ever.
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
  /** Whether one that could not set itself up stays broken, so that it is made anew when a call failed. */
  readonly renewed?: boolean
  /** Whether it is left to the end of the process: its `disconnect` throws past its callers where a connection is broken. */
  readonly leftOpen?: boolean
  /** Asks the backend about itself; undefined where its adapter does not let us. */
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

/** Until when a backend that did not answer is not asked again, and every call fails at once; shared by its adapters. */
interface Silence {
  until: number
}
