import type { Outcome } from '../port.ts'
import { pauseAfter } from './backoff.ts'
import type { RelayContext } from './context.ts'

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
  for (let made = 1; ; made += 1) {
    if (signal.aborted) return stopping
    const outcome = await send()
    const mayPass = outcome.outcome === 'retry' && outcome.afterMs === undefined
    if (!mayPass || made === quickAttempts) return outcome
    await clock.sleep(pauseAfter(made - 1, { ...quickPause, random }), signal)
  }
}
