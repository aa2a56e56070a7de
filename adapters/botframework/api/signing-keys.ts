import { createPublicKey, type KeyObject } from 'node:crypto'
import type { Clock, Log } from '../../../src/port.ts'
import { isSafeAddress } from '../../../src/util/address.ts'
import { failureCode } from '../../../src/util/failure.ts'
import { readFields, readString } from '../wire.ts'

/** A key is unknown and may be new, but the provider cannot be asked for it yet. */
export class KeyNotAskedError extends Error {
  override readonly name = 'KeyNotAskedError'
  readonly code = 'key not asked'
}

/** The signing keys, fetched when they are needed. */
export interface Keys {
  /** Undefined for a key that the provider does not have; rejects while it cannot be asked. */
  find(id: string): Promise<SigningKey | undefined>
}

/** What the keys need. */
export interface KeysOptions {
  /** The OpenID document that names the keys' own address. */
  readonly openIdUrl: string
  readonly fetch: typeof fetch
  readonly clock: Clock
  readonly log: Log
  /** For both requests together. */
  readonly timeLimitMs: number
}

const freshForMs = 24 * 3_600_000

/** Limits the requests that strangers can cause with made-up keys. */
const betweenLoadsMs = 30_000

/** Keeps the signing keys for a day; for an unknown key they are fetched again, every half minute at most. */
export const createKeys = (options: KeysOptions): Keys => {
  const { clock, log } = options
  let keys: ReadonlyMap<string, SigningKey> | undefined
  let triedAt = -Infinity
  let loadedAt = -Infinity
  let loading: Promise<void> | undefined

  const load = async (): Promise<void> => {
    triedAt = clock.monotonic()
    keys = await fetchKeys(options)
    loadedAt = triedAt
  }
  const loadOnce = (): Promise<void> => {
    loading ??= load().finally(() => {
      loading = undefined
    })
    return loading
  }

  /** Known keys stay valid while they cannot be refreshed. */
  const refresh = (): Promise<void> =>
    loadOnce().catch((error: unknown) =>
      log.warn({ code: failureCode(error) }, 'botframework: the signing keys could not be refreshed'),
    )

  const mayAsk = (now: number): boolean => loading !== undefined || now - triedAt > betweenLoadsMs

  return {
    find: async (id) => {
      const now = clock.monotonic()
      const known = keys?.get(id)
      if (known === undefined) {
        if (keys !== undefined && !mayAsk(now))
          throw new KeyNotAskedError('The signing key may be a new one.')
        await loadOnce()
      } else if (now - loadedAt > freshForMs && mayAsk(now)) await refresh()
      return keys?.get(id)
    },
  }
}

/** One of the keys that requests to us are signed with. */
interface SigningKey {
  readonly key: KeyObject
  /** The same key as the SDK wants it. */
  readonly pem: string
  /** The platforms it may sign for, e.g. `msteams`. */
  readonly endorsements: readonly string[]
}

const fetchKeys = async (options: KeysOptions): Promise<ReadonlyMap<string, SigningKey>> => {
  const signal = AbortSignal.timeout(options.timeLimitMs)
  const get = async (url: string): Promise<unknown> => {
    const response = await options.fetch(url, { redirect: 'error', signal })
    if (!response.ok)
      throw new Error(`${new URL(url).host} answered ${response.status} when asked for signing keys.`)
    return response.json()
  }
  const keysUrl = readString(readFields(await get(options.openIdUrl))?.['jwks_uri']) ?? ''
  if (!isSafeAddress(keysUrl)) throw new Error(`${options.openIdUrl} names no safe address of signing keys.`)
  const list = readFields(await get(keysUrl))?.['keys']
  const keys = new Map(Array.isArray(list) ? list.flatMap(readKey) : [])
  if (keys.size === 0) throw new Error(`${new URL(keysUrl).host} has no signing keys.`)
  return keys
}

const readKey = (value: unknown): readonly (readonly [string, SigningKey])[] => {
  const { kid, kty, n, e, endorsements } = readFields(value) ?? {}
  if (kty !== 'RSA' || typeof kid !== 'string' || typeof n !== 'string' || typeof e !== 'string') return []
  const named = Array.isArray(endorsements) ? endorsements.filter((one) => typeof one === 'string') : []
  const key = createPublicKey({ key: { kty, n, e }, format: 'jwk' })
  return [[kid, { key, pem: key.export({ type: 'spki', format: 'pem' }).toString(), endorsements: named }]]
}
