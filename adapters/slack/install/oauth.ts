import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger, webApi } from '@slack/bolt'
import { type Installation, InstallProvider, type OrgInstallation } from '@slack/oauth'
import type { Clock, Log, Route, WebhookRequest, WebhookResponse } from '../../../src/port.ts'
import { createRateLimitedReport } from '../../../src/util/rate-limited-report.ts'
import { cleanName } from '../../../src/util/text.ts'
import { slackOptionalScopes, slackScopes } from '../manifest.ts'
import { readFields, readString } from '../wire.ts'
import type { Bots } from '../workspace/people.ts'
import type { OAuthConfig } from './config.ts'
import { donePage, failurePage, pageHeaders, refusedPage, startPage, toHtml } from './pages.ts'
import type { Installations, StoredInstallation } from './stored.ts'
import type { Exchange } from './tokens.ts'

/** What the app asks for; what is optional may be refused without harm. */
const scopes = [...slackScopes, ...slackOptionalScopes]

/** What `createInstallRoutes` needs. */
export interface InstallOptions {
  readonly config: OAuthConfig
  readonly apiUrl: string
  readonly clientOptions: webApi.WebClientOptions
  readonly logger: Logger
  readonly installations: Installations
  readonly bots: Bots
  readonly clock: Clock
  readonly log: Log
}

/** `GET /slack/install` and `GET /slack/oauth_redirect`: workspaces and organisations install the app by OAuth. */
export const createInstallRoutes = (options: InstallOptions): readonly Route[] => {
  const { config, apiUrl, clock, log } = options
  const tellRefused = createRateLimitedReport<string>(clock, (count, installation) =>
    log.warn({ platform: 'slack', installation, count }, 'a Slack workspace was refused'),
  )
  const provider = createProvider(options)
  return [
    {
      method: 'GET',
      path: '/slack/install',
      handle: (request) =>
        answerThrough(request, (incoming, response) => provider.handleInstallPath(incoming, response)),
    },
    {
      method: 'GET',
      path: '/slack/oauth_redirect',
      handle: (request) =>
        answerThrough(request, (incoming, response) =>
          provider.handleCallback(incoming, response, {
            afterInstallation: async (installation) => {
              if (isAllowed(config, installation)) return true
              tellRefused(keyOf(installation))
              writePage(
                response,
                403,
                toHtml(refusedPage(nameOf(installation), whereOf(installation)?.id ?? 'its id')),
              )
              return false
            },
            success: (installation) =>
              writePage(
                response,
                200,
                toHtml(donePage(nameOf(installation), toAppUrl(installation, apiUrl))),
              ),
            failure: ({ code }) => {
              const { status, page } = failurePage(code)
              writePage(response, status, toHtml(page))
            },
          }),
        ),
    },
  ]
}

/** Slack's answer to a renewal lacks what it needs. */
class UnreadableTokenError extends Error {
  readonly code = 'unreadable_token'
  constructor() {
    super('Slack answered a token renewal without tokens; it is tried again')
    this.name = 'UnreadableTokenError'
  }
}

/** Renews tokens through `oauth.v2.access` (https://docs.slack.dev/authentication/using-token-rotation). */
export const createExchange =
  (client: webApi.WebClient, { clientId, clientSecret }: OAuthConfig, clock: Clock): Exchange =>
  async (refreshToken) => {
    const answer = readFields(
      await client.oauth.v2.access({
        client_id: clientId,
        client_secret: clientSecret,
        grant_type: 'refresh_token',
        refresh_token: refreshToken,
      }),
    )
    const botToken = readString(answer?.['access_token'])
    const next = readString(answer?.['refresh_token'])
    const seconds = answer?.['expires_in']
    if (botToken === undefined || next === undefined || typeof seconds !== 'number')
      throw new UnreadableTokenError()
    return { botToken, refreshToken: next, expiresAt: clock.now() + seconds * 1000 }
  }

const createProvider = (options: InstallOptions): InstallProvider => {
  const { config, installations, bots, clock, log } = options
  return new InstallProvider({
    clientId: config.clientId,
    clientSecret: config.clientSecret,
    stateSecret: config.stateSecret,
    authorizationUrl: new URL('/oauth/v2/authorize', options.apiUrl).href,
    installUrlOptions: { scopes, redirectUri: config.redirectUri },
    renderHtmlForInstallPath: (url) => toHtml(startPage(url)),
    logger: options.logger,
    clientOptions: options.clientOptions,
    installationStore: {
      storeInstallation: async (installation) => {
        const stored = toStored(installation, clock.now())
        const key = keyOf(installation)
        await bots.add(stored.botUser)
        await installations.write(key, stored)
        log.info({ platform: 'slack', installation: key }, 'a Slack workspace has installed the app')
      },
      // Tokens are found and renewed by `createFindToken`.
      fetchInstallation: () => Promise.reject(new Error('The library does not read installations here.')),
    },
  })
}

const toStored = (installation: Installed, now: number): StoredInstallation => {
  const { bot } = installation
  if (bot === undefined) throw new Error('Slack gave no bot token. Check that the app has a bot user.')
  const { token, userId, refreshToken, expiresAt } = bot
  const name = cleanName(whereOf(installation)?.name ?? '')
  return {
    botToken: token,
    botUser: userId,
    installedAt: now,
    ...(name === '' ? {} : { name }),
    ...(refreshToken === undefined || expiresAt === undefined
      ? {}
      : { rotation: { refreshToken, expiresAt: expiresAt * 1000 } }),
  }
}

type Installed = Installation | OrgInstallation

const whereOf = ({ isEnterpriseInstall, enterprise, team }: Installed) =>
  isEnterpriseInstall === true ? enterprise : team

/** The key under which an installation stands: an organisation's own, or its workspace's. */
const keyOf = ({ isEnterpriseInstall, enterprise, team }: Installed): string =>
  isEnterpriseInstall === true ? `e:${enterprise?.id ?? ''}` : `t:${team?.id ?? ''}`

/** Lets a library that works on Node's requests and responses answer one of ours. */
const answerThrough = async (
  request: WebhookRequest,
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<WebhookResponse> => {
  const { response, answer } = createResponse()
  await handle(toRequest(request), response)
  return answer()
}

/** A response that is kept instead of written: status, headers, one body. */
const createResponse = (): { readonly response: ServerResponse; readonly answer: () => WebhookResponse } => {
  const headers = new Map<string, string>()
  let status = 200
  let body = ''
  const response = {
    setHeader: (name: string, value: unknown) => void headers.set(name.toLowerCase(), String(value)),
    getHeader: (name: string) => headers.get(name.toLowerCase()),
    writeHead: (code: number) => {
      status = code
    },
    end: (text = '') => {
      body = text
    },
  }
  return {
    response: response as unknown as ServerResponse,
    answer: () => ({ status, headers: { ...pageHeaders, ...Object.fromEntries(headers) }, body }),
  }
}

/** What the library reads of a request: target, host and cookies. */
const toRequest = ({ path, query, headers, method }: WebhookRequest): IncomingMessage =>
  ({ url: query === '' ? path : `${path}?${query}`, method, headers }) as unknown as IncomingMessage

const isAllowed = ({ allowedTeams }: OAuthConfig, { team, enterprise }: Installed): boolean =>
  allowedTeams.length === 0 ||
  [team?.id, enterprise?.id].some((id) => id !== undefined && allowedTeams.includes(id))

/** Writes a page. */
const writePage = (response: ServerResponse, status: number, html: string): void => {
  response.setHeader('content-type', 'text/html; charset=utf-8')
  response.writeHead(status)
  response.end(html)
}

const nameOf = (installation: Installed): string => {
  const where = whereOf(installation)
  return where?.name ?? where?.id ?? 'your workspace'
}

const toAppUrl = ({ appId, team }: Installed, apiUrl: string): string => {
  const url = new URL('/app_redirect', apiUrl)
  if (appId !== undefined) url.searchParams.set('app', appId)
  if (team !== undefined) url.searchParams.set('team', team.id)
  return url.href
}
