import type { Clock, Log } from '../../../src/port.ts'
import { failureCode } from '../../../src/util/failure.ts'
import { refusalCode } from '../api/call.ts'
import { type FindInstallation, RefreshError } from '../api/installation.ts'
import { type Installations, keysOf, type StoredInstallation } from './stored.ts'

/** A token is renewed this long before its end, as Slack's own library does. */
const earlyMs = 2 * 3_600_000

/** After a failure the old token is used for this long before another attempt. */
const pauseMs = 60_000

/** Slack calls a refresh token so, too, that another instance has used a moment ago: its new token stands in the records soon. */
const usedUp = 'invalid_refresh_token'

/** Refusals after which no attempt helps. */
const final: ReadonlySet<unknown> = new Set(['token_revoked', 'account_inactive'])

/** Asks `oauth.v2.access` for a new token. */
export type Exchange = (refreshToken: string) => Promise<RenewedToken>

/** What `createFindToken` needs. */
export interface FindTokenOptions {
  readonly installations: Pick<Installations, 'read' | 'write'>
  readonly exchange: Exchange
  /** Kept current: which installation's token Slack gave no new one for. */
  readonly failing: Map<string, string>
  readonly clock: Clock
  readonly log: Log
}

/** Finds a workspace's installation in the records, with its token renewed where that is due. */
export const createFindToken = (options: FindTokenOptions): FindInstallation => {
  const { clock } = options
  const installations = createWriteBackCache(options.installations)
  const renewals = createRenewals({ ...options, installations })

  const fresh = async (
    key: string,
    installation: StoredInstallation,
    refused: string | undefined,
  ): Promise<StoredInstallation> => {
    const { rotation, botToken } = installation
    if (rotation === undefined) return installation
    const ended = refused === botToken || rotation.expiresAt <= clock.now()
    const due = ended || rotation.expiresAt - clock.now() <= earlyMs
    if (!due || (!ended && !renewals.mayRenew(key))) return installation
    const renewed = await renewals.renew(key, installation, ended)
    // A renewal that was under way already may have held this one for good.
    if (ended && renewed.botToken === botToken) throw new RefreshError(key, false, undefined)
    return renewed
  }

  return async (workspace, refused) => {
    for (const key of keysOf(workspace)) {
      const installation = await installations.read(key)
      if (installation !== undefined) return fresh(key, installation, refused)
    }
    return undefined
  }
}

/** How often, and how many times, the records are looked into. */
const everyMs = 1000

const maxLooks = 5

/** What stands in the records in the place of an installation, because another instance was faster or the app was installed again. */
export interface ReplacedBy {
  /** Now. */
  find(key: string, old: StoredInstallation): Promise<StoredInstallation | undefined>
  /** Within some seconds: what another instance has had may not be written yet. */
  wait(key: string, old: StoredInstallation): Promise<StoredInstallation | undefined>
}

/** A token that Slack gave for a refresh token; `expiresAt` in milliseconds since 1970. */
interface RenewedToken {
  readonly botToken: string
  readonly refreshToken: string
  readonly expiresAt: number
}

/**
 * Installations of which nothing renewed is lost: what could not be written is kept in memory, given out, and written at
 * the next reading, unless the app was installed again meanwhile. The refresh token in the records is used up by then.
 */
const createWriteBackCache = (
  installations: Pick<Installations, 'read' | 'write'>,
): Pick<Installations, 'read' | 'write'> => {
  const unwritten = new Map<string, StoredInstallation>()

  const write = async (key: string, installation: StoredInstallation): Promise<void> => {
    unwritten.set(key, installation)
    await installations.write(key, installation)
    unwritten.delete(key)
  }

  return {
    write,
    read: async (key) => {
      const current = await installations.read(key)
      const waiting = unwritten.get(key)
      if (waiting === undefined) return current
      if (waiting.installedAt !== current?.installedAt) {
        unwritten.delete(key)
        return current
      }
      await write(key, waiting).catch(() => undefined)
      return waiting
    },
  }
}

const createRenewals = (options: FindTokenOptions): Renewals => {
  const { installations, exchange, failing, clock, log } = options
  const renewing = new Map<string, Promise<StoredInstallation>>()
  const elsewhere = createReplacedBy(installations, clock)
  const notBefore = new Map<string, number>()
  const refusals = new Map<string, { readonly refreshToken: string; readonly at: number }>()

  const ask = async (
    key: string,
    old: StoredInstallation,
    refreshToken: string,
  ): Promise<StoredInstallation> => {
    const { botToken, ...rotation } = await exchange(refreshToken)
    const installation = { ...old, botToken, rotation }
    const fields = { platform: 'slack', installation: key }
    await installations
      .write(key, installation)
      .catch((error: unknown) =>
        log.error({ ...fields, code: failureCode(error) }, 'a renewed Slack token could not be recorded yet'),
      )
    log.info(fields, 'a Slack token was renewed')
    return installation
  }

  /** When a refresh token was first called used up; undefined when it is so only now. */
  const refusedAt = (key: string, refreshToken: string): number | undefined => {
    const first = refusals.get(key)
    if (first?.refreshToken === refreshToken) return first.at
    refusals.set(key, { refreshToken, at: clock.monotonic() })
    return undefined
  }

  const renew = async (key: string, old: StoredInstallation, ended: boolean): Promise<StoredInstallation> => {
    const { rotation } = old
    const later = await elsewhere.find(key, old)
    if (later !== undefined || rotation === undefined) return later ?? old
    try {
      return await ask(key, old, rotation.refreshToken)
    } catch (error) {
      const code = refusalCode(error)
      const since = code === usedUp ? refusedAt(key, rotation.refreshToken) : undefined
      const first = ended && code === usedUp && since === undefined
      const current = await elsewhere[first ? 'wait' : 'find'](key, old)
      if (current !== undefined) return current
      failing.set(key, old.botToken)
      notBefore.set(key, clock.monotonic() + pauseMs)
      const fields = { platform: 'slack', installation: key, code: failureCode(error) }
      log.warn(fields, 'a Slack token was not renewed')
      if (!ended) return old
      // Whoever had a token for it would have written that by then.
      const spent = since !== undefined && clock.monotonic() - since >= pauseMs
      throw new RefreshError(key, spent || final.has(code), error)
    }
  }

  return {
    mayRenew: (key) => (notBefore.get(key) ?? -Infinity) <= clock.monotonic(),
    renew: (key, old, ended) => {
      const running = renewing.get(key)
      if (running !== undefined) return running
      const renewal = renew(key, old, ended).finally(() => renewing.delete(key))
      renewing.set(key, renewal)
      return renewal
    },
  }
}

/** Renews one installation's token at a time: a refresh token is good for one use only. */
interface Renewals {
  /** Whether the last failure is long enough ago. */
  mayRenew(key: string): boolean
  /** The installation with a new token, or with the old one unless that has `ended`. */
  renew(key: string, old: StoredInstallation, ended: boolean): Promise<StoredInstallation>
}

const createReplacedBy = (installations: Pick<Installations, 'read'>, clock: Clock): ReplacedBy => {
  const find: ReplacedBy['find'] = async (key, old) => {
    const current = await installations.read(key)
    return current?.botToken === old.botToken ? undefined : current
  }
  return {
    find,
    wait: async (key, old) => {
      for (let looks = 0; looks < maxLooks; looks += 1) {
        const found = await find(key, old)
        if (found !== undefined) return found
        await clock.sleep(everyMs)
      }
      return find(key, old)
    },
  }
}
