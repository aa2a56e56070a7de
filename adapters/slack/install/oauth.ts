import { InstallProvider, type Installation, type OrgInstallation } from '@slack/oauth'
import type { Logger, webApi } from '@slack/bolt'
import type { Clock, Log, Route } from '../../../src/port.ts'
import { cleanName } from '../../../src/util/text.ts'
import { createSeldom } from '../../../src/util/rate-limited-report.ts'
import type { Bots } from '../workspace/bots.ts'
import { slackScopes } from '../manifest.ts'
import { answerThrough, writePage } from './http.ts'
import type { OAuthConfig } from './config.ts'
import { toHtml } from './page.ts'
import { donePage, failurePage, refusedPage, startPage } from './pages.ts'
import type { Installations, StoredInstallation } from './stored.ts'

/** What the app asks for; details of files may be refused without harm. */
const scopes = [...slackScopes, 'files:read']

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

type Installed = Installation | OrgInstallation

/** The key under which an installation stands: an organisation's own, or its workspace's. */
const keyOf = ({ isEnterpriseInstall, enterprise, team }: Installed): string =>
  isEnterpriseInstall === true ? `e:${enterprise?.id ?? ''}` : `t:${team?.id ?? ''}`

const whereOf = ({ isEnterpriseInstall, enterprise, team }: Installed) =>
  isEnterpriseInstall === true ? enterprise : team

const nameOf = (installation: Installed): string => {
  const where = whereOf(installation)
  return where?.name ?? where?.id ?? 'your workspace'
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

const isAllowed = ({ allowedTeams }: OAuthConfig, { team, enterprise }: Installed): boolean =>
  allowedTeams.length === 0 ||
  [team?.id, enterprise?.id].some((id) => id !== undefined && allowedTeams.includes(id))

const toAppUrl = ({ appId, team }: Installed, apiUrl: string): string => {
  const url = new URL('/app_redirect', apiUrl)
  if (appId !== undefined) url.searchParams.set('app', appId)
  if (team !== undefined) url.searchParams.set('team', team.id)
  return url.href
}

/** `GET /slack/install` and `GET /slack/oauth_redirect`: workspaces and organisations install the app by OAuth. */
export const createInstallRoutes = (options: InstallOptions): readonly Route[] => {
  const { config, apiUrl, clock, log } = options
  const tellRefused = createSeldom<string>(clock, (count, installation) =>
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
