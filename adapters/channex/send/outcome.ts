import type { Outcome } from '../../../src/port.ts'
import { failureCode } from '../../../src/util/failure.ts'
import { ChannexError } from '../api/error.ts'

/** Every outcome but `sent`. */
export type Failure = Exclude<Outcome, { readonly outcome: 'sent' }>

/** How long to wait for an operator or a proxy. */
const pauseMs = 60_000

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
