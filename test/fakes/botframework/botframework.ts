import type { Settings, WebhookRequest } from '../../../src/port.ts'
import { createActivities, type Activities, type TeamsActivity } from './activities.ts'
import { createConnector, type Connector } from './connector.ts'
import { createEntra, type Entra } from './entra.ts'
import { createIssuer, type Issuer, type TokenOptions } from './issuer.ts'
import {
  createFakeServer,
  type FakeAnswer,
  type FakeRequest,
  type FakeServer,
  type Serve,
} from '../server.ts'

/** Microsoft's side: the connector service, the token endpoint, the signing keys, and Teams that calls the bot. */
export interface FakeBotFramework {
  readonly server: FakeServer
  readonly connector: Connector
  readonly issuer: Issuer
  readonly entra: Entra
  readonly activities: Activities
  readonly serviceUrl: string
  /** What makes an adapter speak with this fake. */
  readonly settings: Settings
  /** The request that Teams makes for an activity. */
  request(activity: TeamsActivity, token?: TokenOptions): Promise<WebhookRequest>
  /** A request with any body and a valid token, or the given header. */
  requestWith(body: string | Buffer, authorization?: string | null): Promise<WebhookRequest>
  /** Posts to a bot, again after anything but a 2xx, as Teams does; resolves with the statuses, 0 for no answer. */
  post(botUrl: string, activity: TeamsActivity, options?: PostOptions): Promise<readonly number[]>
  /** How many requests have reached the connector service. */
  attempts(): number
}

interface PostOptions extends TokenOptions {
  /** How often at most; default 2. */
  readonly times?: number
  /** How long Teams waits for an answer; default 15 s. */
  readonly patienceMs?: number
}

const appId = '0b0e5a52-1111-4d55-a0f0-0b8f0a6f3c22'
const password = 'bot-password'
const tenant = '5c1c0a52-7c1e-4d55-a0f0-0b8f0a6f3c11'
const issuerName = 'https://api.botframework.com'

/** Whether a request is one to the connector service. */
export const isConnectorRequest = ({ path }: FakeRequest): boolean => path.includes('/v3/conversations')

interface BotFrameworkOptions {
  readonly anonymous?: boolean
  /** Default: on loopback. */
  readonly serve?: Serve
}

/** Starts a fake on loopback. `anonymous`: the connector service asks nobody for a token, as the offline tools do. */
export const createFakeBotFramework = async ({
  anonymous = false,
  serve = createFakeServer,
}: BotFrameworkOptions = {}): Promise<FakeBotFramework> => {
  const issuer = await createIssuer(issuerName, appId)
  const connector = createConnector()
  const entra = createEntra({ appId, password, scope: `${issuerName}/.default` })
  const handle = (request: FakeRequest): FakeAnswer => {
    const { path } = request
    if (path === '/token') return entra.answer(request, `${server.url}/token`)
    if (path === '/msi/token') return entra.answerMachine(request)
    if (path === '/openid')
      return { status: 200, body: { issuer: issuerName, jwks_uri: `${server.url}/keys` } }
    if (path === '/keys') return { status: 200, body: issuer.jwks }
    if (!isConnectorRequest(request)) return { status: 404, body: '' }
    if (!anonymous && !entra.knows(request.headers.authorization))
      return { status: 401, body: { message: 'Authorization has been denied for this request.' } }
    return connector.answer(request)
  }
  // Microsoft's own time, whatever a test makes of this machine's.
  const server = await serve(handle, () => performance.timeOrigin + performance.now())
  const serviceUrl = `${server.url}/emea/`

  const requestWith: FakeBotFramework['requestWith'] = async (body, authorization) => {
    const header =
      authorization === undefined && !anonymous
        ? `Bearer ${await issuer.token(serviceUrl)}`
        : (authorization ?? null)
    return {
      method: 'POST',
      path: '/api/messages',
      query: '',
      headers: {
        'content-type': 'application/json; charset=utf-8',
        ...(header === null || anonymous ? {} : { authorization: header }),
      },
      body: Buffer.from(body),
    }
  }
  const request: FakeBotFramework['request'] = async (activity, token) =>
    requestWith(
      JSON.stringify(activity),
      anonymous ? null : `Bearer ${await issuer.token(serviceUrl, token)}`,
    )

  return {
    server,
    connector,
    issuer,
    entra,
    activities: createActivities(serviceUrl, appId),
    serviceUrl,
    settings: anonymous
      ? { BOT_ALLOW_ANONYMOUS: 'true' }
      : {
          MicrosoftAppId: appId,
          MicrosoftAppPassword: password,
          MicrosoftAppTenantId: tenant,
          BOT_SERVICE_URLS: server.url,
          BOT_OPENID_METADATA: `${server.url}/openid`,
          BOT_TOKEN_URL: `${server.url}/token`,
        },
    request,
    requestWith,
    post: async (botUrl, activity, { times = 2, patienceMs = 15_000, ...token } = {}) => {
      const { headers, body } = await request(activity, token)
      const statuses: number[] = []
      while (statuses.length < times && !statuses.some((status) => status >= 200 && status < 300)) {
        const status = await fetch(`${botUrl}/api/messages`, {
          method: 'POST',
          headers: headers as Record<string, string>,
          body: new Uint8Array(body),
          signal: AbortSignal.timeout(patienceMs),
        }).then(
          async (response) => {
            await response.body?.cancel()
            return response.status
          },
          () => 0,
        )
        statuses.push(status)
      }
      return statuses
    },
    attempts: () => server.requests.filter(isConnectorRequest).length,
  }
}
