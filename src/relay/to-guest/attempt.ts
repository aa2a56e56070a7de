import pRetry from 'p-retry'
import type { Outcome } from '../../port.ts'
import { pauseAfter } from '../lanes/backoff.ts'
import type { RelayContext } from '../context.ts'

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
const quickAttempts = 3
const quickPause = { firstMs: 200, maxMs: 400 } as const

const stopping: Outcome = { outcome: 'retry', reason: 'The connector is stopping.' }

/**
 * Makes an attempt, and at once another where nothing was sent and the other side did not say how long to wait. Every
 * other outcome, the unknown one above all, is handed back as it is. An attempt that has begun is always waited for: when
 * the signal aborts, only `send` itself knows what became of it.
 */
export async function attempt(
  send: () => Promise<Outcome>,
  { clock, random }: Pick<RelayContext, 'clock' | 'random'>,
  signal: AbortSignal,
): Promise<Outcome> {
  const once = async (): Promise<Outcome> => {
    if (signal.aborted) return stopping
    const outcome = await send()
    if (outcome.outcome === 'retry' && outcome.afterMs === undefined) throw new PassingFailure(outcome)
    return outcome
  }
  try {
    return await pRetry(once, {
      retries: quickAttempts - 1,
      // The pause is ours, so that it goes by the injected clock and ends when the signal aborts.
      minTimeout: 0,
      onFailedAttempt: ({ attemptNumber, retriesLeft }) =>
        retriesLeft === 0
          ? undefined
          : clock.sleep(pauseAfter(attemptNumber - 1, { ...quickPause, random }), signal),
    })
  } catch (error) {
    if (error instanceof PassingFailure) return error.outcome
    throw error
  }
}
