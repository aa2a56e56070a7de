import { verify as verifySignature } from 'node:crypto'
import type { Clock, Log, WebhookRequest } from '../../../src/port.ts'
import { failureCode } from '../../../src/util/failure.ts'
import { createRateLimitedReport } from '../../../src/util/rate-limited-report.ts'
import { isServiceUrl } from '../api/cloud.ts'
import type { BotFrameworkConfig } from '../config.ts'
import { KeyNotAskedError, type Keys } from '../api/signing-keys.ts'
import type { MicrosoftClock } from '../api/microsoft-clock.ts'
import { parseFields, readActivity, type Activity, type Fields } from '../wire.ts'

/** The status a request is refused with; the reason is for the log alone, and holds nothing of the request. */
export interface Refusal {
  readonly refused: 400 | 401 | 503
  readonly reason: string
}

/** Checks one request. */
export type Verify = (request: Pick<WebhookRequest, 'headers' | 'body'>) => Promise<Verified | Refusal>

/** What the check needs. */
export interface VerifyOptions {
  readonly config: BotFrameworkConfig
  readonly keys: Keys
  readonly clock: Clock
  readonly microsoft: Pick<MicrosoftClock, 'now' | 'ask'>
  readonly log: Log
}

const longestHeader = 8192

/** For clocks that differ, as the SDK has it. */
const toleranceSeconds = 300

/**
 * Checks who sends a request, before the SDK sees it: the SDK also takes tokens that are not from Teams, remembers
 * something of each forged one, and prints what it refuses.
 */
export const createVerify = ({ config, keys, clock, microsoft, log }: VerifyOptions): Verify => {
  const { app, cloud } = config
  const tellNoKeys = createRateLimitedReport<string>(clock, (count, code) =>
    log.warn({ code, count }, 'botframework: no signing keys, so nobody can be let in'),
  )

  const checkSignature = async ({ keyId, signed, signature }: Token): Promise<Refusal | undefined> => {
    try {
      const found = await keys.find(keyId)
      if (found === undefined) return refuse('an unknown signing key')
      if (!found.endorsements.includes('msteams')) return refuse('a key that is not for Teams')
      return verifySignature('RSA-SHA256', signed, found.key, signature)
        ? undefined
        : refuse('a wrong signature')
    } catch (error) {
      if (error instanceof KeyNotAskedError)
        return refuse('an unknown signing key, and the keys were asked for a moment ago', 503)
      tellNoKeys(failureCode(error))
      return refuse('the signing keys could not be fetched', 503)
    }
  }

  /** A signed token may look expired only because our clock is wrong, so Microsoft is asked for the time before it is refused. */
  const checkTime = async (token: Token): Promise<Refusal | undefined> => {
    if (judgeTime(token, microsoft.now()) === undefined) return undefined
    await microsoft.ask()
    return judgeTime(token, microsoft.now())
  }

  return async ({ headers, body }) => {
    // A web page can post to this machine, but not with this content type.
    if (app === undefined)
      return isJson(headers['content-type']) ? readBody(body, config, {}) : refuse('no JSON', 400)
    const token = readToken(headers['authorization'], app.id, cloud.issuer)
    if ('refused' in token) return token
    return (await checkSignature(token)) ?? (await checkTime(token)) ?? readBody(body, config, token)
  }
}

/** An activity that may be taken. */
interface Verified {
  readonly activity: Activity
  /** The same, as it came. */
  readonly fields: Fields
}

interface Token {
  /** Until when and from when on it holds, in seconds since 1970. */
  readonly exp: number
  readonly nbf: number
  readonly keyId: string
  readonly serviceUrl: string
  readonly signed: Buffer
  readonly signature: Buffer
}

const refuse = (reason: string, refused: Refusal['refused'] = 401): Refusal => ({ refused, reason })

/** Whether a token holds at a time, in milliseconds since 1970. */
const judgeTime = ({ exp, nbf }: Token, now: number): Refusal | undefined => {
  const seconds = now / 1000
  if (exp + toleranceSeconds <= seconds) return refuse('expired')
  return nbf - toleranceSeconds > seconds ? refuse('not valid yet') : undefined
}

const isJson = (contentType: unknown): boolean =>
  typeof contentType === 'string' && /^application\/json\s*(;|$)/i.test(contentType)

/** Reads the body. Its service URL must be the token's and an allowed host. */
const readBody = (
  body: Buffer,
  config: BotFrameworkConfig,
  { serviceUrl }: Partial<Token>,
): Verified | Refusal => {
  const fields = parseFields(body.toString())
  if (fields === undefined) return refuse('no JSON object', 400)
  const { channelId, serviceUrl: given } = fields
  // Local tools that simulate Teams may use a host name of their own.
  const isKnown = channelId === 'msteams' || (config.app === undefined && channelId === 'emulator')
  if (!isKnown) return refuse('another platform')
  if (typeof given !== 'string' || given !== (serviceUrl ?? given)) return refuse('another service URL')
  if (!isServiceUrl(given, config)) return refuse('a service URL that is not allowed')
  const activity = readActivity(fields)
  if (activity?.conversationId === undefined) return refuse('no type or no conversation', 400)
  return { activity, fields }
}

/** Reads a token of Teams: made for this app by the connector service, and not by a tenant's directory (`tid`). */
const readToken = (header: unknown, appId: string, issuer: string): Token | Refusal => {
  if (typeof header !== 'string' || header.length > longestHeader) return refuse('no token')
  const [, head, body, signature] = /^Bearer ([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(header) ?? []
  if (head === undefined || body === undefined || signature === undefined) return refuse('no token')
  const { alg, kid } = parseFields(decode(head).toString()) ?? {}
  const { iss, aud, nbf, exp, tid, serviceurl } = parseFields(decode(body).toString()) ?? {}
  if (alg !== 'RS256' || typeof kid !== 'string') return refuse('not signed as Teams signs')
  if (iss !== issuer || tid !== undefined) return refuse('another issuer')
  if (typeof aud !== 'string' || aud.toLowerCase() !== appId) return refuse('meant for another app')
  if (typeof exp !== 'number') return refuse('a token without an end')
  if (nbf !== undefined && typeof nbf !== 'number') return refuse('a token without a beginning')
  if (typeof serviceurl !== 'string') return refuse('a token without a service URL')
  const signed = Buffer.from(`${head}.${body}`)
  return { keyId: kid, serviceUrl: serviceurl, signed, signature: decode(signature), exp, nbf: nbf ?? 0 }
}

const decode = (part: string): Buffer => Buffer.from(part, 'base64url')
