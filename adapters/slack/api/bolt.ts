import { App, LogLevel, type Logger, type webApi } from '@slack/bolt'
import type { Clock, Log } from '../../../src/port.ts'
import { failureCode } from '../../../src/util/failure.ts'
import { createRateLimitedReport } from '../../../src/util/rate-limited-report.ts'
import { NotInstalledError } from './call.ts'
import { readWorkspace } from '../receive/interaction.ts'
import type { FindReadingInstallation } from './installation.ts'
import { readBotUsers, readFields, readString } from '../wire.ts'

/** How long one request to Slack may take. */
const timeoutMs = 10_000

/** What a 429 without a time means, in seconds, before jitter. */
const defaultPauseSeconds = 30

/** What `createBolt` needs. */
export interface BoltOptions {
  readonly apiUrl: string
  readonly findReadingInstallation: FindReadingInstallation
  readonly fetch: typeof globalThis.fetch
  readonly random: () => number
  readonly clock: Clock
  readonly log: Log
}

/** How every client of Slack's library works: one attempt, no waiting, no other host. */
export const createClientOptions = ({
  apiUrl,
  fetch,
  random,
}: Pick<BoltOptions, 'apiUrl' | 'fetch' | 'random'>): webApi.WebClientOptions => ({
  slackApiUrl: apiUrl,
  allowAbsoluteUrls: false,
  retryConfig: { retries: 0 },
  rejectRateLimitedCalls: true,
  timeout: timeoutMs,
  fetch: createFetch(fetch, random),
})

/**
 * Slack's library may put anything into a line, so only codes get through. Strangers can cause such lines, for example by a broken link
 * back from an installation.
 */
export const createLibraryLog = (log: Log, clock: Pick<Clock, 'monotonic'>): Logger => {
  const tell = createRateLimitedReport<readonly string[]>(
    clock,
    (count, codes) => log.warn({ platform: 'slack', codes, count }, 'the Slack library reports a problem'),
    { kindOf: (codes) => codes.join() },
  )
  const report = (...parts: readonly unknown[]): void => {
    const codes = parts.flatMap((part) =>
      part instanceof Error
        ? failureCode(part)
        : typeof part === 'string' && /^[a-z_]{1,60}$/.test(part)
          ? part
          : [],
    )
    if (codes.length > 0) tell(codes)
    else log.debug({ platform: 'slack', codes }, 'the Slack library reports something')
  }
  return {
    debug: () => {},
    info: () => {},
    warn: report,
    error: report,
    getLevel: () => LogLevel.INFO,
    setLevel: () => {},
    setName: () => {},
  }
}

/**
 * A Bolt app that receives nothing by itself: `receive.ts` records events and answers, `read.ts` hands recorded ones to
 * `processEvent`. Its clients make one attempt only and never wait for a rate limit.
 */
export const createBolt = ({
  apiUrl,
  findReadingInstallation,
  fetch,
  random,
  clock,
  log,
}: BoltOptions): App => {
  const app = new App({
    receiver: { init: () => {}, start: () => Promise.resolve(), stop: () => Promise.resolve() },
    // For a button, Bolt itself looks up the installation by the team of the person who pressed it, which may be another one.
    authorize: async ({ conversationId }, body) => {
      const fields = readFields(body) ?? {}
      const [botUserId] = readBotUsers(fields)
      const workspace = readWorkspace(fields)
      const reading = await findReadingInstallation(workspace, conversationId)
      if (reading === undefined)
        throw new NotInstalledError(workspace.team || (workspace.enterprise ?? 'unknown'))
      const team = readString(reading.instead?.team)
      return {
        ...reading,
        ...(team === undefined ? {} : { teamId: team }),
        ...(botUserId === undefined ? {} : { botUserId }),
      }
    },
    ignoreSelf: false,
    convoStore: false,
    attachFunctionToken: false,
    logger: createLibraryLog(log, clock),
    clientOptions: createClientOptions({ apiUrl, fetch, random }),
  })
  app.error(async (error) => {
    throw error.original ?? error
  })
  return app
}

/**
 * Changes two answers that Bolt's client cannot tell from others: a 429 without a time gets one, and a redirect is returned with its status
 * instead of being followed, so that no token goes to another host.
 */
const createFetch =
  (fetch: typeof globalThis.fetch, random: () => number): webApi.FetchFunction =>
  async (url, init) => {
    const response = await fetch(url, { ...init, redirect: 'manual' })
    if (response.status !== 429 || /^\d+$/.test(response.headers.get('retry-after') ?? '')) return response
    const headers = new Headers(response.headers)
    headers.set('retry-after', String(Math.round(defaultPauseSeconds * (1 + random()))))
    return new Response(response.body, { status: 429, headers })
  }
