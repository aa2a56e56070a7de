import type { Outcome } from '../../../src/port.ts'
import { failureCode, readCode } from '../../../src/util/failure.ts'
import { quote } from '../../../src/util/text.ts'
import { readFields, readList, readString, type Fields } from '../../../src/util/json.ts'

/**
 * What went wrong with a request to Channex:
 * - `not sent`: it certainly never reached Channex
 * - `limited`: too many requests; `afterMs` says when to go on
 * - `unauthorized`: the key is wrong, withdrawn, or not allowed from this address
 * - `forbidden`: the Messages application is not installed, or the key may not do this
 * - `not found`, `not supported`, `invalid`, `refused`: for good, in Channex's or the booking site's own words
 * - `not Channex`: something on the way answered in its place
 * - `unknown`: a fault, silence or an answer that cannot be read; the request may have taken effect
 */
export type Fault =
  | 'not sent'
  | 'limited'
  | 'unauthorized'
  | 'forbidden'
  | 'not found'
  | 'not supported'
  | 'invalid'
  | 'refused'
  | 'not Channex'
  | 'unknown'

/** A request to Channex that did not succeed; the message says what to do, and shows neither key nor text. */
export class ChannexError extends Error {
  override readonly name = 'ChannexError'
  readonly code: Fault
  /** How long Channex asks to wait. */
  readonly afterMs: number | undefined

  constructor(code: Fault, message: string, options: ErrorOptions & { readonly afterMs?: number } = {}) {
    super(message, options)
    this.code = code
    this.afterMs = options.afterMs
  }
}

/** Whether it will be the same next time. */
export const isForGood = ({ code }: ChannexError): boolean =>
  ['not found', 'not supported', 'invalid', 'refused'].includes(code)

const longestWords = 300

const byCode: Readonly<Record<string, Fault>> = {
  not_supported: 'not supported',
  validation_error: 'invalid',
  bad_request: 'invalid',
}

const byStatus: Readonly<Record<number, Fault>> = {
  400: 'invalid',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not found',
  429: 'limited',
}

const remedies: Readonly<Partial<Record<Fault, string>>> = {
  limited: 'Channex asks to wait',
  unauthorized: 'Channex does not accept the key; check CHANNEX_API_KEY and the addresses it is limited to',
  forbidden:
    'Channex does not allow it; install the Messages application for the property in Channex, or use a key that may do this',
  'not found': 'Channex does not know the conversation or booking any more',
  'not supported': 'the booking site has no messages for this booking',
  invalid: 'Channex did not accept the request',
  refused: 'the booking site refused',
}

/** What an answer that is no 2xx means (https://docs.channex.io/api-v.1-documentation/api-reference): status first, code second. */
export const toChannexError = (status: number, body: Fields | undefined, afterMs?: number): ChannexError => {
  const errors = readFields(body?.['errors'])
  const code = readCode(errors?.['code'])
  const fault = toFault(status, code)
  if (fault !== 'unknown' && fault !== 'limited' && (body === undefined || !('errors' in body)))
    return new ChannexError(
      'not Channex',
      `something that is not Channex answered in its place; check CHANNEX_BASE_URL and the way to it (${status})`,
    )
  const words = readWords(body?.['errors'])
  const said = words === '' ? '' : `: ${quote(words)}`
  const mark = [status, ...(code === undefined ? [] : [code])].join(' ')
  const options = afterMs === undefined ? {} : { afterMs }
  return new ChannexError(fault, `${remedies[fault] ?? 'Channex failed'}${said} (${mark})`, options)
}

/** Every outcome but `sent`. */
export type Failure = Exclude<Outcome, { readonly outcome: 'sent' }>

/** The outcome of a failed post. It is certain only where Channex said so or nothing can have been sent. */
export const toFailure = (error: unknown): Failure => {
  if (!(error instanceof ChannexError))
    return { outcome: 'unknown', reason: `the attempt failed (${failureCode(error)})` }
  const reason = error.message
  switch (error.code) {
    case 'not sent':
      return { outcome: 'retry', reason }
    case 'limited':
      return { outcome: 'retry', reason, afterMs: error.afterMs ?? pauseMs }
    case 'unauthorized':
    case 'not Channex':
      return { outcome: 'retry', reason, afterMs: pauseMs, kind: 'set-up' }
    case 'unknown':
      return { outcome: 'unknown', reason }
    case 'forbidden':
      return { outcome: 'rejected', reason, kind: 'set-up' }
    case 'not found':
    case 'not supported':
      return { outcome: 'rejected', reason, kind: 'ended' }
    case 'invalid':
    case 'refused':
      return { outcome: 'rejected', reason }
    default:
      return error.code satisfies never
  }
}

/** How long to wait for an operator or a proxy. */
const pauseMs = 60_000

const toFault = (status: number, code: string | undefined): Fault => {
  if (status >= 500 || status === 408) return 'unknown'
  return byStatus[status] ?? byCode[code ?? ''] ?? 'refused'
}

/** What Channex says itself: title and details of its one `errors` object, on one line. */
const readWords = (errors: unknown): string => {
  const fields = readFields(errors)
  const details = fields === undefined ? readDetails(errors) : readDetails(fields['details'])
  const words = [readString(fields?.['title']), ...details].filter((text) => text !== undefined)
  return words.join('; ').replaceAll(/\s+/g, ' ').trim().slice(0, longestWords)
}

/** The texts of a list, an object of lists, or a text. */
const readDetails = (value: unknown): readonly string[] => {
  if (typeof value === 'string') return [value]
  const fields = readFields(value)
  if (fields !== undefined)
    return Object.entries(fields).map(([name, texts]) => `${name} ${readDetails(texts).join(', ')}`.trim())
  return readList(value).flatMap(readDetails)
}
