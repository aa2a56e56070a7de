import pRetry from 'p-retry'
import type { Outcome } from '../port.ts'

/** A failure that certainly sent nothing and may pass within a moment. */
class PassingFailure extends Error {
  override readonly name = 'PassingFailure'
  readonly outcome: Outcome

  constructor(outcome: Outcome) {
    super('not sent')
    this.outcome = outcome
  }
}

/** Attempts inside one delivery; what does not pass by then waits in the lane. */
const quickAttempts = { retries: 2, minTimeout: 100, maxTimeout: 400, randomize: true } as const

const stopping: Outcome = { outcome: 'retry', reason: 'The connector is stopping.' }

/**
 * Makes an attempt, and at once another where nothing was sent and the other side did not say how long to wait. Every
 * other outcome, the unknown one above all, is handed back as it is. An attempt that has begun is always waited for: when
 * the signal aborts, only `send` itself knows what became of it.
 */
export const attempt = async (send: () => Promise<Outcome>, signal: AbortSignal): Promise<Outcome> => {
  try {
    return await pRetry(async () => {
      if (signal.aborted) return stopping
      const outcome = await send()
      if (outcome.outcome === 'retry' && outcome.afterMs === undefined) throw new PassingFailure(outcome)
      return outcome
    }, quickAttempts)
  } catch (error) {
    if (error instanceof PassingFailure) return error.outcome
    throw error
  }
}
