import type { Clock, Log } from '../../../src/port.ts'
import { failureCode } from '../../../src/util/failure.ts'
import { refusalCode } from '../api/call.ts'
import { type FindInstallation, RefreshError } from '../api/installation.ts'
import { type Installations, keysOf, type StoredInstallation } from './stored.ts'

/** A token is renewed this long before its end, as Slack's own library does. */
const earlyMs = 2 * 3_600_000

/** After a failure the old token is used for this long before another attempt. */
const pauseMs = 60_000

/** Slack also says this of a refresh token that another instance has just used; that instance's new token is in the records soon. */
const usedUp = 'invalid_refresh_token'

/** Refusals after which another attempt is useless. */
const final: ReadonlySet<unknown> = new Set(['token_revoked', 'account_inactive'])

/** Asks `oauth.v2.access` for a new token. */
export type Exchange = (refreshToken: string) => Promise<RenewedToken>

/** What `createFindToken` needs. */
export interface FindTokenOptions {
  readonly installations: Pick<Installations, 'read' | 'write'>
  readonly exchange: Exchange
  /** Kept up to date: the installations for whose token Slack gave no new one. */
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
    // A renewal that was already running may have taken this token for valid.
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

/** How often the records are read, and how many times at most. */
const everyMs = 1000

const maxLooks = 5

/** Finds the installation that replaced another in the records, because another instance renewed it first or the app was installed again. */
export interface ReplacedBy {
  /** Now. */
  find(key: string, old: StoredInstallation): Promise<StoredInstallation | undefined>
  /** Waits some seconds, since another instance may not have written its new token yet. */
  wait(key: string, old: StoredInstallation): Promise<StoredInstallation | undefined>
}

/** A token that Slack gave for a refresh token; `expiresAt` in milliseconds since 1970. */
interface RenewedToken {
  readonly botToken: string
  readonly refreshToken: string
  readonly expiresAt: number
}

/**
 * A write-back cache for renewed installations. What could not be written is kept in memory, returned, and written at the next reading,
 * unless the app was installed again meanwhile. This matters because the refresh token in the records is already used up.
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
  const replacedBy = createReplacedBy(installations, clock)
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

  /** When Slack first called a refresh token used up; undefined when it does so for the first time. */
  const refusedAt = (key: string, refreshToken: string): number | undefined => {
    const first = refusals.get(key)
    if (first?.refreshToken === refreshToken) return first.at
    refusals.set(key, { refreshToken, at: clock.monotonic() })
    return undefined
  }

  const renew = async (key: string, old: StoredInstallation, ended: boolean): Promise<StoredInstallation> => {
    const { rotation } = old
    const later = await replacedBy.find(key, old)
    if (later !== undefined || rotation === undefined) return later ?? old
    try {
      return await ask(key, old, rotation.refreshToken)
    } catch (error) {
      const code = refusalCode(error)
      const since = code === usedUp ? refusedAt(key, rotation.refreshToken) : undefined
      const first = ended && code === usedUp && since === undefined
      const current = await replacedBy[first ? 'wait' : 'find'](key, old)
      if (current !== undefined) return current
      failing.set(key, old.botToken)
      notBefore.set(key, clock.monotonic() + pauseMs)
      const fields = { platform: 'slack', installation: key, code: failureCode(error) }
      log.warn(fields, 'a Slack token was not renewed')
      if (!ended) return old
      // An instance that had received a token for it would have written it by then.
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
