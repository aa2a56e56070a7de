import { CloudAdapter, ConfigurationBotFrameworkAuthentication, type Response } from 'botbuilder'
import { JwtTokenExtractor } from 'botframework-connector/lib/auth/jwtTokenExtractor.js'
import type { BotFrameworkConfig } from './config.ts'
import type { ConnectorHttp } from './http-client.ts'
import type { Keys } from './keys.ts'
import type { Fields } from './wire.ts'

type Credentials = ConstructorParameters<typeof ConfigurationBotFrameworkAuthentication>[1]

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
  isValidAppId: (id) => Promise.resolve(config.app !== undefined && id === config.app.id),
  isAuthenticationDisabled: () => Promise.resolve(config.app === undefined),
  createCredentials: () => Promise.resolve({ signRequest: (request) => Promise.resolve(request) }),
})

/** The SDK's adapter with every constant given, since one given alone leaves the others undefined. */
export const createSdk = (config: BotFrameworkConfig, keys: Keys, http: ConnectorHttp): CloudAdapter => {
  const { cloud } = config
  shareKeys(cloud.openIdUrl, keys)
  return new CloudAdapter(
    new ConfigurationBotFrameworkAuthentication(
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
    ),
  )
}

const ignore = (): undefined => undefined

/**
 * Lets the SDK verify an activity and then run the work, whose status is the result: 401 when the SDK refused, 503 when
 * it failed before the work began.
 */
export const runVerified = async (
  sdk: CloudAdapter,
  activity: Fields,
  authorization: unknown,
  work: () => Promise<number>,
): Promise<number> => {
  let status: number | undefined
  let answered = 0
  const response: Response = {
    socket: undefined,
    status: (code: number) => {
      answered = code
    },
    header: ignore,
    send: ignore,
    end: ignore,
  }
  const headers = typeof authorization === 'string' ? { authorization } : {}
  // The SDK writes into the body it is given.
  await sdk.process({ method: 'POST', headers, body: { ...activity } }, response, async () => {
    status = await work()
  })
  return status ?? (answered === 401 ? 401 : 503)
}
