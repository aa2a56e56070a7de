import { AsyncLocalStorage } from 'node:async_hooks'
import type { ConfigurationBotFrameworkAuthentication } from 'botbuilder-core'
import type { Clock, Log } from '../../../src/port.ts'
import { failureCode, wasNeverSent } from '../../../src/util/failure.ts'
import type { BotFrameworkConfig } from '../config.ts'
import { type Fields, parseFields } from '../wire.ts'
import { isServiceUrl } from './cloud.ts'
import { readAnswer, readCode, Undelivered } from './outcome.ts'
import type { Authorize, Tokens } from './tokens.ts'

/** The SDK's way out. */
export interface ConnectorHttp {
  readonly client: HttpClient
  /** Runs work that posts. */
  within<T>(sending: Sending, work: () => Promise<T>): Promise<T>
}

/** What the client needs. */
export interface ConnectorHttpOptions {
  readonly config: BotFrameworkConfig
  readonly tokens: Pick<Tokens, 'forget'>
  readonly authorize: Authorize
  readonly fetch: typeof fetch
  readonly clock: Clock
  /** For the token and the post together. */
  readonly timeLimitMs: number
}

/** Makes exactly one request for each that the SDK asks for, in limited time, only to allowed hosts, without redirects. */
export const createConnectorHttp = (options: ConnectorHttpOptions): ConnectorHttp => {
  const { config, tokens, authorize, clock } = options
  const sendings = new AsyncLocalStorage<Sending>()

  const post = async (request: Request, signal: AbortSignal, isTargeted: boolean): Promise<Response> => {
    const authorization = await authorize(signal)
    try {
      return await options.fetch(isTargeted ? toTargeted(request.url) : request.url, {
        method: request.method,
        headers: { ...request.headers.rawHeaders(), ...authorization },
        body: request.body as string,
        redirect: 'manual',
        signal,
      })
    } catch (error) {
      const code = failureCode(error)
      if (wasNeverSent(error))
        throw new Undelivered({ outcome: 'retry', reason: `Teams was not reached (${code})` })
      throw new Undelivered({ outcome: 'unknown', reason: `no answer from Teams (${code})` })
    }
  }

  const sendRequest: HttpClient['sendRequest'] = async (request) => {
    if (!isServiceUrl(request.url, config))
      throw new Undelivered({ outcome: 'rejected', reason: 'the address is at a host that is not allowed' })
    const limit = AbortSignal.timeout(options.timeLimitMs)
    const { signal = limit, isGroup = false, isTargeted = false } = sendings.getStore() ?? {}
    const response = await post(request, AbortSignal.any([signal, limit]), isTargeted)
    const body = await response.text().catch(() => '')
    const answer = {
      status: response.status,
      contentType: response.headers.get('content-type') ?? '',
      retryAfter: response.headers.get('retry-after') ?? undefined,
      body,
    }
    const outcome = readAnswer(answer, clock.now(), isGroup)
    if (response.status === 401) tokens.forget()
    if (outcome.outcome !== 'sent') throw new Undelivered(outcome, readCode(answer), answer.status)
    // Of the headers the SDK reads only the content type, which is JSON in both.
    return { request, headers: request.headers, status: 200, bodyAsText: JSON.stringify({ id: outcome.id }) }
  }

  return { client: { sendRequest }, within: (sending, work) => sendings.run(sending, work) }
}

/** Asks for one object below a service URL; undefined when it cannot be had. Never rejects. */
export type LookUp = (serviceUrl: string, path: string, signal: AbortSignal) => Promise<Fields | undefined>

/** What looking up needs. */
export interface LookUpOptions {
  readonly config: BotFrameworkConfig
  readonly authorize: Authorize
  readonly fetch: typeof fetch
  readonly log: Log
}

/** Makes one GET request, only to allowed hosts, without redirects. */
export const createLookUp =
  ({ config, authorize, fetch, log }: LookUpOptions): LookUp =>
  async (serviceUrl, path, signal) => {
    if (!isServiceUrl(serviceUrl, config)) return undefined
    try {
      const headers = await authorize(signal)
      const url = `${serviceUrl.replace(/\/$/, '')}/${path}`
      const response = await fetch(url, { headers, redirect: 'manual', signal })
      const body = await response.text()
      if (response.status === 200) return parseFields(body)
      log.info({ status: response.status }, 'botframework: a look-up was refused')
    } catch (error) {
      log.info({ code: failureCode(error) }, 'botframework: a look-up failed')
    }
    return undefined
  }

type HttpClient = NonNullable<ConnectorOptions['httpClient']>

type ConnectorOptions = NonNullable<ConstructorParameters<typeof ConfigurationBotFrameworkAuthentication>[4]>

/** What the SDK cannot be told of a post. */
interface Sending {
  /** Ends it. */
  readonly signal: AbortSignal
  /** Whether it is for a channel or group chat. */
  readonly isGroup: boolean
  /** In a group: whether its recipient alone may see it. */
  readonly isTargeted: boolean
}

type Request = Parameters<HttpClient['sendRequest']>[0]

/** Where a post goes that others in the conversation do not see (https://learn.microsoft.com/microsoftteams/platform/agents-in-teams/targeted-messages). */
function toTargeted(address: string): string {
  const url = new URL(address)
  url.searchParams.set('isTargetedActivity', 'true')
  return url.href
}
