import type { Outcome } from '../../../src/port.ts'

/** A post that did not end well. It is no error that the SDK knows, so that the SDK never repeats it. */
export class Undelivered extends Error {
  readonly outcome: Exclude<Outcome, { outcome: 'sent' }>
  /** The platform's own code. */
  readonly reply: string | undefined
  /** What Teams answered with, where it answered. */
  readonly status: number | undefined
  constructor(outcome: Exclude<Outcome, { outcome: 'sent' }>, reply?: string, status?: number) {
    super(outcome.reason)
    this.name = 'Undelivered'
    this.outcome = outcome
    this.reply = reply
    this.status = status
  }
}
