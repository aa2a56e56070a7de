import type { Outcome } from '../../src/port.ts'

/** A post that did not end well. It is no error that the SDK knows, so that the SDK never repeats it. */
export class Undelivered extends Error {
  readonly outcome: Exclude<Outcome, { outcome: 'sent' }>
  /** The platform's own code. */
  readonly reply: string | undefined
  constructor(outcome: Exclude<Outcome, { outcome: 'sent' }>, reply?: string) {
    super(outcome.reason)
    this.name = 'Undelivered'
    this.outcome = outcome
    this.reply = reply
  }
}
