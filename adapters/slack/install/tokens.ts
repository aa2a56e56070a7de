import type { Clock, Log } from '../../../src/port.ts'
import { failureCode } from '../../../src/util/failure.ts'
import { refusalCode } from '../call.ts'
import { RefreshError, type FindInstallation } from '../installation.ts'
import { createCarefulInstallations } from './careful.ts'
import { keysOf, type Installations, type StoredInstallation } from './stored.ts'

/** A token is renewed this long before its end, as Slack's own library does. */
const earlyMs = 2 * 3_600_000
/** After a failure the old token is used for this long before another attempt. */
const pauseMs = 60_000

/** Refusals after which no attempt helps. */
const final: ReadonlySet<unknown> = new Set(['invalid_refresh_token', 'token_revoked', 'account_inactive'])

/** A token that Slack gave for a refresh token; `expiresAt` in milliseconds since 1970. */
interface RenewedToken {
  readonly botToken: string
  readonly refreshToken: string
  readonly expiresAt: number
}

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

/** Renews one installation's token at a time: a refresh token is good for one use only. */
interface Renewals {
  /** Whether the last failure is long enough ago. */
  mayRenew(key: string): boolean
  /** The installation with a new token, or with the old one while that is still good. */
  renew(key: string, old: StoredInstallation): Promise<StoredInstallation>
}

const createRenewals = (options: FindTokenOptions): Renewals => {
  const { installations, exchange, failing, clock, log } = options
  const renewing = new Map<string, Promise<StoredInstallation>>()
  const notBefore = new Map<string, number>()

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

  /** What stands in the records when another instance was faster, or the app was installed again. */
  const findLater = async (key: string, old: StoredInstallation): Promise<StoredInstallation | undefined> => {
    const current = await installations.read(key)
    return current?.botToken === old.botToken ? undefined : current
  }

  const renew = async (key: string, old: StoredInstallation): Promise<StoredInstallation> => {
    const { rotation } = old
    const later = await findLater(key, old)
    if (later !== undefined || rotation === undefined) return later ?? old
    try {
      return await ask(key, old, rotation.refreshToken)
    } catch (error) {
      const current = await findLater(key, old)
      if (current !== undefined) return current
      failing.set(key, old.botToken)
      notBefore.set(key, clock.now() + pauseMs)
      const fields = { platform: 'slack', installation: key, code: failureCode(error) }
      log.warn(fields, 'a Slack token was not renewed')
      if (rotation.expiresAt > clock.now()) return old
      throw new RefreshError(key, final.has(refusalCode(error)), error)
    }
  }

  return {
    mayRenew: (key) => (notBefore.get(key) ?? 0) <= clock.now(),
    renew: (key, old) => {
      const running = renewing.get(key)
      if (running !== undefined) return running
      const renewal = renew(key, old).finally(() => renewing.delete(key))
      renewing.set(key, renewal)
      return renewal
    },
  }
}

/** Finds a workspace's installation in the records, with its token renewed where that is due. */
export const createFindToken = (options: FindTokenOptions): FindInstallation => {
  const { clock } = options
  const installations = createCarefulInstallations(options.installations)
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
    return renewals.renew(key, installation)
  }

  return async (workspace, refused) => {
    for (const key of keysOf(workspace)) {
      const installation = await installations.read(key)
      if (installation !== undefined) return fresh(key, installation, refused)
    }
    return undefined
  }
}
