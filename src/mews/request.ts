import type { Clock, Log } from '../port.ts'
import { failureCode, readCode, wasNeverSent } from '../util/failure.ts'
import type { ObservedClock } from '../util/remote-clock.ts'
import { readRetryAfter } from '../util/retry-after.ts'
import type { Budget, RequestKind } from './budget.ts'
import { MewsError, type MewsErrorCode, toMewsErrorCode } from './error.ts'

/** What every request of one property needs. */
export interface MewsOptions {
  /** The platform's base address; a trailing slash does no harm. */
  readonly address: string
  readonly clientToken: string
  readonly accessToken: string
  /** Name and version of this program. */
  readonly client: string
  readonly budget: Budget
  readonly fetch: typeof fetch
  readonly clock: Clock
  /** Mews's own, set by every answer. */
  readonly remote: ObservedClock
  /** From sending until the answer is complete; default 30 s. */
  readonly timeoutMs?: number
  readonly log: Log
}

/** One call: which operation, how urgent, and whether it adds something. */
export interface Call {
  readonly operation: string
  readonly kind: RequestKind
  readonly adds: boolean
}

/** Makes one request and gives its answer as JSON, undefined for one without a body. Throws `MewsError`. */
export type Post = (
  call: Call,
  fields: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
) => Promise<unknown>

const longestSaid = 300

/** The longest wait that Mews can ask for. */
const longestPauseMs = 10 * 60_000

/** Makes `post` for one property: budget, credentials, deadline, and errors told apart. It never repeats a request. */
export const createPost = (options: MewsOptions): Post => {
  const { clientToken, accessToken, client, budget, clock, remote, timeoutMs = 30_000, log } = options
  const base = options.address.replace(/\/+$/, '')

  const withoutSecrets = (text: string): string =>
    text.replaceAll(clientToken, '…').replaceAll(accessToken, '…').replaceAll(/\s+/g, ' ').trim()

  const refusal = (call: Call, response: Response, answer: unknown): MewsError => {
    const { status } = response
    const code = toMewsErrorCode(status)
    const retryAfter = readRetryAfter(response.headers.get('retry-after'), remote.now(), longestPauseMs)
    const said = code === 'invalid' || code === 'forbidden' ? textField(answer, 'Message') : undefined
    return new MewsError(code, {
      operation: call.operation,
      mayHaveAdded: call.adds,
      status,
      requestId: requestIdOf(response) ?? readCode(textField(answer, 'RequestId')),
      afterMs: code === 'limited' ? budget.pause(retryAfter) : retryAfter,
      said: said === undefined ? undefined : withoutSecrets(said).slice(0, longestSaid),
    })
  }

  const exchange = async (call: Call, body: string, signal: AbortSignal): Promise<unknown> => {
    const { operation, adds: mayHaveAdded } = call
    const startedAt = clock.monotonic()
    const deadline = createDeadline(clock, timeoutMs, signal)
    const fail = (cause: unknown): never => {
      throw new MewsError(deadline.codeOf(cause), { operation, mayHaveAdded, cause })
    }
    try {
      const response = await options
        .fetch(`${base}/api/connector/v1/${operation}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
          redirect: 'manual',
          signal: deadline.signal,
        })
        .catch(fail)
      const { status, ok } = response
      // Anything in between may have answered what failed.
      if (ok) remote.observeDate(response.headers.get('date'), startedAt)
      const text = await response.text().catch(ok ? fail : () => undefined)
      const requestId = requestIdOf(response)
      log.debug(
        { operation, status, requestId, ms: Math.round(clock.monotonic() - startedAt) },
        'Mews answered',
      )
      const answer = parse(text)
      if (!ok) throw refusal(call, response, answer)
      budget.succeeded()
      if (answer === undefined && text !== '')
        throw new MewsError('unreadable', { operation, mayHaveAdded, status, requestId })
      return answer
    } finally {
      deadline.clear()
    }
  }

  return (call, fields, signal) => {
    const body = { ClientToken: clientToken, AccessToken: accessToken, Client: client, ...fields }
    return withinBudget(budget, call, signal, () => exchange(call, JSON.stringify(body), signal))
  }
}

/** How long one request may take, answer included. */
export interface Deadline {
  readonly signal: AbortSignal
  /** Why a request failed that has no status. */
  codeOf(error: unknown): MewsErrorCode
  clear(): void
}

/** Makes a deadline that is over after `timeoutMs` or when the outer signal aborts. */
export const createDeadline = (clock: Clock, timeoutMs: number, outer: AbortSignal): Deadline => {
  const stop = new AbortController()
  const cleared = new AbortController()
  let late = false
  const abort = (): void => stop.abort(outer.reason)
  const expire = async (): Promise<void> => {
    await clock.sleep(timeoutMs, cleared.signal)
    if (cleared.signal.aborted) return
    late = true
    stop.abort()
  }
  if (outer.aborted) abort()
  outer.addEventListener('abort', abort)
  void expire()

  return {
    signal: stop.signal,
    codeOf: (error) => {
      if (wasNeverSent(error)) return 'not-sent'
      if (failureCode(error) === 'ERR_ANSWER_TOO_LARGE') return 'unreadable'
      if (late) return 'timeout'
      return outer.aborted ? 'aborted' : 'disconnected'
    },
    clear: () => {
      outer.removeEventListener('abort', abort)
      cleared.abort()
    },
  }
}

const textField = (answer: unknown, field: string): string | undefined => {
  const value: unknown =
    typeof answer === 'object' && answer !== null ? Reflect.get(answer, field) : undefined
  return typeof value === 'string' ? value : undefined
}

/** Mews's name for a request; something in between may have made it of anything. */
const requestIdOf = ({ headers }: Response): string | undefined => readCode(headers.get('request-id'))

const parse = (text: string | undefined): unknown => {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}

/** A request, once the budget has room for it. */
const withinBudget = async <Answer>(
  budget: Budget,
  { operation, kind }: Call,
  signal: AbortSignal,
  request: () => Promise<Answer>,
): Promise<Answer> => {
  const finish = await budget.take(kind, signal).catch((cause: unknown) => {
    throw new MewsError('aborted', { operation, mayHaveAdded: false, cause })
  })
  try {
    return await request()
  } finally {
    finish()
  }
}
