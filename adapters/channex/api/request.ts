import type { RemoteClock } from '../../../src/port.ts'
import { failureCode, wasNeverSent } from '../../../src/util/failure.ts'
import { type Fields, parseFields } from '../../../src/util/json.ts'
import { readRetryAfter } from '../../../src/util/retry-after.ts'
import type { ChannexBudget } from './budget.ts'
import { ChannexError, toChannexError } from './error.ts'

/** One request to Channex's API. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT'
  /** Without a slash at its beginning; its ids are escaped. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: Fields
}

/** Makes one request, never repeats it, and gives the JSON object of a 2xx, or undefined where there is none. Throws `ChannexError`. */
export type Request = (request: ApiRequest, signal: AbortSignal) => Promise<Fields | undefined>

/** How long a look-up may delay a message. */
export const lookUpMs = 2_000

/** What `createRequest` needs. */
export interface RequestOptions {
  /** Without a slash at its end. */
  readonly baseUrl: string
  readonly apiKey: string
  readonly fetch: typeof globalThis.fetch
  /** Channex's own. */
  readonly clock: Pick<RemoteClock, 'now'>
  /** 0 ≤ n < 1. */
  readonly random: () => number
  /** For one request with its answer. */
  readonly timeLimitMs: number
  /** Left out: nothing is counted, as for a stand-in on this computer. */
  readonly budget?: ChannexBudget | undefined
}

/** Requests with the key in `user-api-key`, in limited time, and without following redirects, which would take the key along. */
export const createRequest = (options: RequestOptions): Request => {
  const { baseUrl, apiKey, fetch, clock, random, timeLimitMs, budget } = options

  const post = async ({ method, path, query, body }: ApiRequest, signal: AbortSignal) => {
    if (signal.aborted) throw new ChannexError('not sent', 'it was told to stop before it asked Channex')
    budget?.take(path, method === 'GET' ? 'look' : 'send')
    try {
      const response = await fetch(toUrl(baseUrl, path, query), {
        method,
        headers: { 'user-api-key': apiKey, 'content-type': 'application/json', accept: 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeLimitMs)]),
      })
      return { response, text: await response.text() }
    } catch (error) {
      throw toLost(error)
    }
  }

  return async (request, signal) => {
    const { response, text } = await post(request, signal)
    const { status, ok, headers } = response
    const body = parseFields(text)
    if (ok) return body
    const pauseMs = status === 429 ? readLimitPause(headers, clock.now(), random) : undefined
    if (pauseMs !== undefined && request.method === 'GET') budget?.pause(request.path, pauseMs)
    throw toChannexError(status, body, pauseMs)
  }
}

/** A 2xx lacks what it must contain, so it is unknown what answered and whether the request took effect. */
export const unreadable = (path: string): ChannexError =>
  new ChannexError('unknown', `Channex answered ${path.split('/')[0]} with something that cannot be read`)

/** What a 429 without a time means, before jitter. */
const defaultMs = 60_000

const longestMs = 3_600_000

const toUrl = (baseUrl: string, path: string, query: Readonly<Record<string, string>> = {}): string => {
  const search = new URLSearchParams(query).toString()
  return `${baseUrl}/${path}${search === '' ? '' : `?${search}`}`
}

const toLost = (error: unknown): ChannexError => {
  const code = failureCode(error)
  return wasNeverSent(error)
    ? new ChannexError('not sent', `Channex was not reached (${code})`, { cause: error })
    : new ChannexError('unknown', `no answer from Channex (${code})`, { cause: error })
}

/**
 * How long a 429 asks to wait, in milliseconds, at most an hour. Channex does not publish the names of the headers
 * that say so, hence each usual one is read; without any it is a minute and up to half of one more. `random`: 0 ≤ n < 1.
 */
const readLimitPause = (headers: Headers, now: number, random: () => number): number => {
  const pauses = ['retry-after', 'ratelimit-reset', 'x-ratelimit-reset'].map((name) =>
    readRetryAfter(headers.get(name), now, longestMs),
  )
  return pauses.find((ms) => ms !== undefined) ?? Math.round(defaultMs * (1 + random() / 2))
}
