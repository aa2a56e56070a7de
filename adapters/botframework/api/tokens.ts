import { randomUUID } from 'node:crypto'
import type { Clock, Log } from '../../../src/port.ts'
import { failureCode } from '../../../src/util/failure.ts'
import type { BotFrameworkConfig } from '../config.ts'
import { readFields, readString } from '../wire.ts'
import { type CredentialFields, readCredential, requestManagedToken, type Secret } from './credential.ts'
import { Undelivered } from './outcome.ts'

/** Our own tokens, for sending. */
export interface Tokens {
  /** Rejects while there is none, within the time limit. */
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
  /** Gives a text that is different each time; default a random UUID. */
  readonly unique?: () => string
}

const marginMs = 5 * 60_000

/** What to look at when the token endpoint refuses. */
const settings: Readonly<Record<Secret['kind'], string>> = {
  password: 'MicrosoftAppPassword',
  certificate: 'that the certificate is in the app registration and has not ended',
  'federated identity':
    'MicrosoftAppClientId, and that the app registration has a federated credential for this managed identity',
  'federated file':
    'that the app registration has a federated credential for what SignedAssertionFileDiskPath names',
}

/** Keeps one token until five minutes before it expires. Concurrent callers share one request. */
export const createTokens = (options: TokensOptions): Tokens => {
  const { config, clock } = options
  let kept: Token | undefined
  let coming: Promise<Token> | undefined

  const request = async (): Promise<Token> => {
    const { app, cloud } = config
    if (app === undefined) throw new Error('an anonymous bot has no token')
    const { id, secret } = app
    if (secret.kind === 'managed identity') {
      const { value, until } = await requestManagedToken(id, cloud.issuer, options)
      return { value, until: clock.monotonic() + beforeEnd(until - clock.now()) }
    }
    const proof = await readCredential(id, secret, {
      ...options,
      cloud,
      unique: options.unique ?? randomUUID,
    })
    const form = {
      grant_type: 'client_credentials',
      client_id: id,
      scope: `${cloud.issuer}/.default`,
      ...proof,
    }
    return requestToken(secret.tokenUrl, form, settings[secret.kind], options)
  }

  return {
    get: async () => {
      if (kept !== undefined && kept.until > clock.monotonic()) return kept.value
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

/** The headers that show who we are, none for an anonymous bot; rejects with `Undelivered` while there is no token. */
export type Authorize = (signal: AbortSignal) => Promise<Readonly<Record<string, string>>>

/** Waits for a token no longer than its caller does. */
export const createAuthorize =
  (isAnonymous: boolean, tokens: Pick<Tokens, 'get'>, log: Log): Authorize =>
  async (signal) => {
    try {
      if (signal.aborted) throw new Error('it was told to stop')
      if (isAnonymous) return {}
      return { authorization: `Bearer ${await Promise.race([tokens.get(), whenAborted(signal)])}` }
    } catch (error) {
      const said = error instanceof Error ? error.message : 'no token'
      log.warn({ code: failureCode(error) }, 'botframework: no token to send with')
      throw new Undelivered({ outcome: 'retry', reason: `not sent: ${said}` })
    }
  }

interface Token {
  readonly value: string
  /** By the monotonic clock. */
  readonly until: number
}

const beforeEnd = (ms: number): number => Math.max(ms - marginMs, ms / 2)

/** One client credentials grant (RFC 6749, section 4.4). */
const requestToken = async (
  url: string,
  form: CredentialFields,
  setting: string,
  { fetch, clock, timeLimitMs }: TokensOptions,
): Promise<Token> => {
  const startedAt = clock.monotonic()
  const response = await fetch(url, {
    method: 'POST',
    body: new URLSearchParams(form),
    redirect: 'error',
    signal: AbortSignal.timeout(timeLimitMs),
  })
  const body: unknown = await response.json().catch(() => undefined)
  if (!response.ok)
    throw new Error(`the token endpoint answered ${response.status}, ${readProblem(body)}; check ${setting}`)
  const value = readString(readFields(body)?.['access_token'])
  const seconds = Number(readFields(body)?.['expires_in'])
  if (value === undefined || !(seconds > 0)) throw new Error('the token endpoint answered without a token')
  return { value, until: startedAt + beforeEnd(seconds * 1000) }
}

/** The code of an OAuth error, `invalid_client (AADSTS7000215)`; its description stays out, it may quote what was sent. */
const readProblem = (body: unknown): string => {
  const { error, error_codes: codes } = readFields(body) ?? {}
  const first: unknown = Array.isArray(codes) ? codes[0] : undefined
  const name = typeof error === 'string' && /^\w{1,60}$/.test(error) ? error : 'no reason given'
  return typeof first === 'number' ? `${name} (AADSTS${first})` : name
}

const whenAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    const stop = (): void => reject(new Error('it took too long', { cause: signal.reason }))
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
