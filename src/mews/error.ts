import { quote } from '../util/text.ts'

/**
 * Why a call failed. `invalid`, `forbidden` and `too-large` concern what was sent; `unauthorized`, `not-found`, `gone` and
 * `redirected` concern the property or the configuration, whatever is sent.
 */
export type MewsErrorCode =
  | 'not-sent'
  | 'limited'
  | 'unauthorized'
  | 'forbidden'
  | 'invalid'
  | 'not-found'
  | 'conflict'
  | 'gone'
  | 'too-large'
  | 'redirected'
  | 'timeout'
  | 'server'
  | 'unreadable'
  | 'disconnected'
  | 'aborted'

const explanations: Readonly<Record<MewsErrorCode, Explanation>> = {
  'not-sent': {
    ends: 'retry',
    what: 'did not reach Mews',
    remedy: 'check the network and MEWS_PLATFORM_ADDRESS',
  },
  limited: {
    ends: 'retry',
    what: 'met the request limit of the access token',
    remedy: 'if it goes on, lower MEWS_REQUESTS_PER_30S or look for other programs that use this token',
  },
  unauthorized: {
    ends: 'rejected',
    what: 'was not authorised',
    remedy:
      'check MEWS_CLIENT_TOKEN and the access token, the messaging permissions of the integration, and that neither it nor the property is disabled in Mews',
  },
  forbidden: {
    ends: 'rejected',
    what: 'was refused by a rule of the property',
    remedy: 'see what Mews says',
  },
  invalid: { ends: 'rejected', what: 'was refused as invalid', remedy: 'see what Mews says' },
  'not-found': {
    ends: 'rejected',
    what: 'met an address that Mews does not know',
    remedy: 'check MEWS_PLATFORM_ADDRESS: scheme and host only, such as https://api.mews.com',
  },
  conflict: { ends: 'retry', what: 'met data that changed meanwhile', remedy: 'nothing to do' },
  gone: {
    ends: 'rejected',
    what: 'is an operation that Mews has discontinued',
    remedy: 'update this program',
  },
  'too-large': { ends: 'rejected', what: 'was too large', remedy: 'send less at once' },
  redirected: {
    ends: 'rejected',
    what: 'was redirected, which is not followed',
    remedy: 'check MEWS_PLATFORM_ADDRESS and any proxy in between',
  },
  timeout: {
    ends: 'uncertain',
    what: 'was not answered in time',
    remedy: 'if it goes on, see the status of Mews',
  },
  server: { ends: 'uncertain', what: 'met a fault at Mews', remedy: 'if it goes on, see the status of Mews' },
  unreadable: {
    ends: 'uncertain',
    what: 'got an answer that cannot be read',
    remedy: 'check MEWS_PLATFORM_ADDRESS and any proxy in between',
  },
  disconnected: {
    ends: 'uncertain',
    what: 'lost its connection before the answer was complete',
    remedy: 'if it goes on, check the network and any proxy in between',
  },
  aborted: { ends: 'uncertain', what: 'was cut off by the shutdown', remedy: 'nothing to do' },
}

/** What a `MewsError` is made of. */
export interface MewsErrorDetails {
  /** `messages/add` and the like. */
  readonly operation: string
  /** Whether the call may have changed something at Mews: it was sent, and it adds. */
  readonly mayHaveAdded: boolean
  readonly status?: number
  readonly afterMs?: number | undefined
  readonly requestId?: string | undefined
  /** What Mews says itself. */
  readonly said?: string | undefined
  readonly cause?: unknown
}

/**
 * A call to Mews that failed. `retry` and `rejected` are certain: nothing was added. `unknown`: it may have been, and has to be
 * looked up. The message is for operators and holds no secret.
 */
export class MewsError extends Error {
  override readonly name = 'MewsError'
  readonly outcome: 'retry' | 'rejected' | 'unknown'
  readonly code: MewsErrorCode
  /** `messages/add` and the like. */
  readonly operation: string
  readonly status: number | undefined
  /** How long to wait before the next attempt, in milliseconds, where Mews said so or the token is paused. */
  readonly afterMs: number | undefined
  /** Mews's own name for the request; its support asks for it. */
  readonly requestId: string | undefined

  constructor(code: MewsErrorCode, details: MewsErrorDetails) {
    super(describe(code, details), details.cause === undefined ? undefined : { cause: details.cause })
    const { ends } = explanations[code]
    this.outcome = ends === 'uncertain' ? (details.mayHaveAdded ? 'unknown' : 'retry') : ends
    this.code = code
    this.operation = details.operation
    this.status = details.status
    this.afterMs = details.afterMs
    this.requestId = details.requestId
  }
}

const codes: Readonly<Record<number, MewsErrorCode>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  405: 'not-found',
  408: 'timeout',
  409: 'conflict',
  410: 'gone',
  413: 'too-large',
  429: 'limited',
}

/** What a status other than 2xx stands for. */
export const toMewsErrorCode = (status: number): MewsErrorCode =>
  codes[status] ?? (status >= 500 ? 'server' : status >= 400 ? 'invalid' : 'redirected')

interface Explanation {
  /** `uncertain`: the call may have been applied, which matters where it adds something. */
  readonly ends: 'retry' | 'rejected' | 'uncertain'
  readonly what: string
  /** For people; where it ends `uncertain` or `retry`, the program itself goes on. */
  readonly remedy: string
}

const describe = (code: MewsErrorCode, { operation, status, requestId, said }: MewsErrorDetails): string => {
  const { what, remedy } = explanations[code]
  const known = [status, requestId === undefined ? undefined : `request ${requestId}`].filter(
    (it) => it !== undefined,
  )
  return [
    `Mews ${operation} ${what}`,
    known.length > 0 ? ` (${known.join(', ')})` : '',
    said === undefined || said === '' ? '' : `: ${quote(said)}`,
    `; ${remedy}`,
  ].join('')
}
