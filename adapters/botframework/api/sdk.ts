import { CloudAdapter } from 'botbuilder/lib/cloudAdapter.js'
import { type Activity, ConfigurationBotFrameworkAuthentication } from 'botbuilder-core'
import { AuthenticationError } from 'botframework-connector'
import { JwtTokenExtractor } from 'botframework-connector/lib/auth/jwtTokenExtractor.js'
import type { BotFrameworkConfig } from '../config.ts'
import type { ConnectorHttp } from './http-client.ts'
import type { Keys } from './signing-keys.ts'
import type { MicrosoftClock } from './microsoft-clock.ts'
import type { Fields } from '../wire.ts'

/** Whether the SDK lets an activity in: the status it is answered with if not. */
export type Authenticate = (activity: Fields, authorization: unknown) => Promise<200 | 401 | 503>

/** What is used of the SDK. */
export interface Sdk {
  readonly adapter: CloudAdapter
  readonly authenticate: Authenticate
}

/** The SDK with every constant given, since one given alone leaves the others undefined. */
export const createSdk = (
  config: BotFrameworkConfig,
  keys: Keys,
  http: ConnectorHttp,
  microsoft: Pick<MicrosoftClock, 'now'>,
): Sdk => {
  const { cloud } = config
  shareKeys(cloud.openIdUrl, keys)
  const authentication = new ConfigurationBotFrameworkAuthentication(
    {
      ValidateAuthority: true,
      ToChannelFromBotLoginUrl: cloud.loginUrl,
      ToChannelFromBotOAuthScope: cloud.issuer,
      ToBotFromChannelTokenIssuer: cloud.issuer,
      OAuthUrl: cloud.issuer,
      ToBotFromChannelOpenIdMetadataUrl: cloud.openIdUrl,
      ToBotFromEmulatorOpenIdMetadataUrl: cloud.openIdUrl,
      CallerId: cloud.callerId,
    },
    createCredentials(config),
    { requiredEndorsements: [] },
    undefined,
    { httpClient: http.client },
  )
  return {
    adapter: new CloudAdapter(authentication),
    authenticate: createAuthenticate(authentication, microsoft),
  }
}

/** The errors of `jsonwebtoken` that the SDK throws for a token that will never be valid, beside its own errors. */
const refusals: ReadonlySet<string> = new Set(['JsonWebTokenError', 'NotBeforeError', 'TokenExpiredError'])

/** The SDK allows clocks to differ by one more minute. */
const clocksDifferMs = 4 * 60_000

/** Lets the SDK verify with our keys: its own fetch of them has no time limit and repeats itself for every request. */
const shareKeys = (openIdUrl: string, keys: Keys): void => {
  const metadata = {
    getKey: async (id: string) => {
      const found = await keys.find(id)
      if (found === undefined) throw new Error('The signing key is unknown.')
      return { key: found.pem, endorsements: [...found.endorsements] }
    },
  }
  JwtTokenExtractor['openIdMetadataCache'].set(openIdUrl, metadata)
}

/** Signs nothing: the token is added by our HTTP client, after it has looked where the request goes. */
const createCredentials = (config: BotFrameworkConfig): NonNullable<Credentials> => ({
  isValidAppId: (id) => Promise.resolve(config.app !== undefined && id.toLowerCase() === config.app.id),
  isAuthenticationDisabled: () => Promise.resolve(config.app === undefined),
  createCredentials: () => Promise.resolve({ signRequest: (request) => Promise.resolve(request) }),
})

type Credentials = ConstructorParameters<typeof ConfigurationBotFrameworkAuthentication>[1]

/**
 * The SDK's own check without the rest of its `process`, which makes two clients for each activity: nothing is answered within
 * the request. Never rejects; 503: the check itself failed.
 */
const createAuthenticate =
  (
    authentication: ConfigurationBotFrameworkAuthentication,
    microsoft: Pick<MicrosoftClock, 'now'>,
  ): Authenticate =>
  async (activity, authorization) => {
    // The SDK uses this machine's clock only. Where that is wrong, `verify` alone decides, by Microsoft's clock.
    if (Math.abs(Date.now() - microsoft.now()) > clocksDifferMs) return 200
    try {
      const header = typeof authorization === 'string' ? authorization : ''
      await authentication.authenticateRequest(activity as unknown as Activity, header)
      return 200
    } catch (error) {
      const isRefusal = error instanceof AuthenticationError
      return isRefusal || (error instanceof Error && refusals.has(error.name)) ? 401 : 503
    }
  }
