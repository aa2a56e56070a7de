import type { Budget } from '../mews/budget.ts'
import type { Clock } from '../port.ts'
import { batchSize } from './batch.ts'

/** How long a batch may wait for company. */
const longestMs = 1_000

/** Tells for how many milliseconds a batch of so many messages had better wait; 0: it goes now. */
export type Gather = (messages: number, preparing: number) => number

/**
 * Lets batches fill up while requests are short: one that is spent on a few messages is missing for a new thread, or for
 * everybody a moment later. `preparing` conversations may each need one for their thread. With requests to spare, or a
 * full batch, nothing waits.
 */
export const createGather = (budget: Pick<Budget, 'isShort'>, clock: Clock): Gather => {
  let since: number | undefined
  return (messages, preparing) => {
    const now = clock.now()
    const left = messages >= batchSize || !budget.isShort(preparing) ? 0 : (since ?? now) + longestMs - now
    since = left > 0 ? (since ?? now) : undefined
    return Math.max(left, 0)
  }
}
