import { ConfigurationServiceClientCredentialFactory } from 'botbuilder'
import type { Clock } from '../../src/port.ts'
import type { BotApp, BotFrameworkConfig } from './config.ts'
import { readFields, readString } from './wire.ts'

/** Our own tokens, for sending. */
export interface Tokens {
  /** Rejects while none can be had; that takes no longer than the time limit. */
  get(): Promise<string>
  /** Asks for another one next time. */
  forget(): void
}

/** What the tokens need. */
export interface TokensOptions {
  readonly config: BotFrameworkConfig
  readonly fetch: typeof fetch
  readonly clock: Clock
  readonly timeLimitMs: number
}

interface Token {
  readonly value: string
  /** Milliseconds since 1970. */
  readonly until: number
}

const marginMs = 5 * 60_000

/** The code of an OAuth error, `invalid_client (AADSTS7000215)`; its description stays out, it may quote what was sent. */
const readProblem = (body: unknown): string => {
  const { error, error_codes: codes } = readFields(body) ?? {}
  const first: unknown = Array.isArray(codes) ? codes[0] : undefined
  const name = typeof error === 'string' && /^\w{1,60}$/.test(error) ? error : 'no reason given'
  return typeof first === 'number' ? `${name} (AADSTS${first})` : name
}

/** One client credentials grant (RFC 6749, section 4.4). */
const requestToken = async (
  url: string,
  form: Readonly<Record<string, string>>,
  { fetch, clock, timeLimitMs }: TokensOptions,
): Promise<Token> => {
  const startedAt = clock.now()
  const response = await fetch(url, {
    method: 'POST',
    body: new URLSearchParams(form),
    redirect: 'error',
    signal: AbortSignal.timeout(timeLimitMs),
  })
  const body: unknown = await response.json().catch(() => undefined)
  if (!response.ok)
    throw new Error(
      `the token endpoint answered ${response.status}, ${readProblem(body)}; check MicrosoftAppPassword`,
    )
  const value = readString(readFields(body)?.['access_token'])
  const seconds = Number(readFields(body)?.['expires_in'])
  if (value === undefined || !(seconds > 0)) throw new Error('the token endpoint answered without a token')
  return { value, until: startedAt + Math.max(seconds * 1000 - marginMs, seconds * 500) }
}

/** The SDK asks the machine it runs on, and keeps the token itself. */
const requestManagedToken = async (app: BotApp, tenant: string, scope: string): Promise<Token> => {
  const factory = new ConfigurationServiceClientCredentialFactory({
    MicrosoftAppId: app.id,
    MicrosoftAppTenantId: tenant,
    MicrosoftAppType: 'UserAssignedMSI',
  })
  const credentials = await factory.createCredentials(app.id, scope, '', true)
  if (!('getToken' in credentials) || typeof credentials.getToken !== 'function')
    throw new Error('the SDK has no managed identity')
  return { value: String(await credentials.getToken()), until: 0 }
}

/** Keeps one token until five minutes before it ends; everybody who needs one meanwhile waits for the same request. */
export const createTokens = (options: TokensOptions): Tokens => {
  const { config, clock } = options
  let kept: Token | undefined
  let coming: Promise<Token> | undefined

  const request = (): Promise<Token> => {
    const { app, cloud } = config
    if (app === undefined) throw new Error('an anonymous bot has no token')
    if (app.secret.kind === 'managed identity')
      return requestManagedToken(app, app.secret.tenant, cloud.issuer)
    const { tokenUrl, password } = app.secret
    return requestToken(
      tokenUrl,
      {
        grant_type: 'client_credentials',
        client_id: app.id,
        client_secret: password,
        scope: `${cloud.issuer}/.default`,
      },
      options,
    )
  }

  return {
    get: async () => {
      if (kept !== undefined && kept.until > clock.now()) return kept.value
      coming ??= request().finally(() => {
        coming = undefined
      })
      kept = await coming
      return kept.value
    },
    forget: () => {
      kept = undefined
    },
  }
}
