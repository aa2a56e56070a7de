import { type App, webApi } from '@slack/bolt'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../../../src/port.ts'
import { readCode } from '../../../src/util/failure.ts'
import type { Workspace } from '../wire.ts'
import type { FindInstallation } from './installation.ts'

/** There is no installation, hence no token, for a workspace. */
export class NotInstalledError extends Error {
  readonly code = 'not_installed'
  readonly team: string
  constructor(team: string) {
    super(`the app is not installed in the workspace ${team}; install it again`)
    this.name = 'NotInstalledError'
    this.team = team
  }
}

/**
 * Makes one request for a workspace, and once more with a new token when Slack refused the old one as expired. Rejects with the client's
 * error, `NotInstalledError`, `PausedError` while the method is paused, what `FindInstallation` rejects with, or the signal's reason when
 * it aborts.
 */
export type Call = <Answer>(
  caller: Caller,
  signal: AbortSignal,
  request: (client: webApi.WebClient, token: string) => Promise<Answer>,
) => Promise<Answer>

/** How long a look-up may delay a message. */
export const lookUpMs = 2_000

/** The code with which Slack refused a call. */
export const refusalCode = (error: unknown): string | undefined =>
  error instanceof webApi.WebAPIPlatformError ? (readCode(error.data.error) ?? 'unreadable') : undefined

/** Calls Slack with the token of the workspace's installation, through Bolt's client. */
export const createCall = (app: App, findInstallation: FindInstallation, pauses: RateLimitPauses): Call => {
  const findToken = async (workspace: Workspace, refused?: string): Promise<string> => {
    const installation = await findInstallation(workspace, refused)
    if (installation === undefined) throw new NotInstalledError(workspace.team)
    return installation.botToken
  }

  return async ({ method, ...workspace }, signal, request) => {
    pauses.check(method, workspace.team)
    const token = await untilAborted(findToken(workspace), signal)
    signal.throwIfAborted()
    try {
      return await untilAborted(request(app.client, token), signal)
    } catch (error) {
      if (error instanceof webApi.WebAPIRateLimitedError)
        pauses.begin(method, workspace.team, Math.max(error.retryAfter, 1) * 1000)
      if (refusalCode(error) !== 'token_expired') throw error
      const renewed = await findToken(workspace, token)
      if (renewed === token) throw error
      return untilAborted(request(app.client, renewed), signal)
    }
  }
}

/** Slack has limited a method in a workspace, so nothing was sent. */
export class PausedError extends Error {
  readonly code = 'paused'
  readonly afterMs: number
  constructor(method: string, team: string, afterMs: number) {
    super(`${method} rests in the workspace ${team}; call it again in ${afterMs} ms`)
    this.name = 'PausedError'
    this.afterMs = afterMs
  }
}

/** Slack limits each method in each workspace by itself (https://docs.slack.dev/apis/web-api/rate-limits). */
export interface RateLimitPauses {
  /** Throws `PausedError` while the method is paused in the workspace. */
  check(method: string, team: string): void
  /** Pauses this method in this workspace, as Slack asked. */
  begin(method: string, team: string, ms: number): void
}

/** Keeps the pauses in memory. */
export const createRateLimitPauses = (clock: Clock): RateLimitPauses => {
  const until = new LRUCache<string, number>({ max: 10_000 })
  return {
    check: (method, team) => {
      const left = (until.get(`${method} ${team}`) ?? 0) - clock.monotonic()
      if (left > 0) throw new PausedError(method, team, left)
    },
    begin: (method, team, ms) => void until.set(`${method} ${team}`, clock.monotonic() + ms),
  }
}

/** How often something may be done. */
export interface Rate {
  /** That often at once. */
  readonly burst: number
  /** And once more each time that so many milliseconds have passed. */
  readonly everyMs: number
}

/** Keeps count of what may be done at a rate. */
export interface Allowance {
  /** How long until it may be done, in milliseconds; 0: now. `keep`: as many times are left for others, where the rate allows several at once. */
  waitMs(keep?: number): number
  /** It is done now. */
  take(): void
  /** It may not be done for so many milliseconds. */
  block(ms: number): void
}

/** In any minute it allows `burst + 60,000 / everyMs` times at most. */
export const createAllowance = (clock: Clock, { burst, everyMs }: Rate): Allowance => {
  let usedUpTo = -Infinity
  let blockedUntil = -Infinity
  return {
    waitMs: (keep = 0) => {
      const now = clock.monotonic()
      const ahead = Math.max(burst - 1 - keep, 0) * everyMs
      return Math.max(usedUpTo - ahead - now, blockedUntil - now, 0)
    },
    take: () => void (usedUpTo = Math.max(usedUpTo, clock.monotonic()) + everyMs),
    block: (ms) => void (blockedUntil = Math.max(blockedUntil, clock.monotonic() + ms)),
  }
}

/** Who calls what: the workspace, and the Web API method, e.g. `chat.postMessage`. */
interface Caller extends Workspace {
  readonly method: string
}

/** Settles with the work, or rejects as soon as the signal aborts; the work itself goes on to its own end. */
const untilAborted = <Answer>(work: Promise<Answer>, signal: AbortSignal): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error)
    signal.addEventListener('abort', stop, { once: true })
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
