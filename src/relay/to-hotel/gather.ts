import type { Budget } from '../../mews/budget.ts'
import type { Clock } from '../../port.ts'
import { batchSize } from './send-batch.ts'

/** How long a batch may wait for company, before it is claimed and once more while it is prepared. */
const longestMs = 500

/**
 * Lets batches fill up while requests are short: one that is spent on a few messages is missing for a new thread, or for
 * everybody a moment later. `preparing` conversations may each need one for their thread. With requests to spare nothing waits.
 */
export interface Gather {
  /** For how many milliseconds nothing had better be claimed: what is left unclaimed goes along with what is written meanwhile, also in the same conversations. */
  beforeClaim(preparing: number): number
  /** For how many milliseconds a batch of so many messages had better wait for those that are being prepared; 0: it goes now. */
  beforeSending(messages: number, preparing: number): number
  /** So many messages were claimed. */
  claimed(messages: number): void
  /** A batch has gone. */
  sent(): void
}

export const createGather = (budget: Pick<Budget, 'isShort'>, clock: Clock): Gather => {
  let lastSent = -Infinity
  let firstReady: number | undefined
  let wasFull = false
  const left = (since: number): number => Math.max(0, since + longestMs - clock.monotonic())
  return {
    beforeClaim: (preparing) => (wasFull || !budget.isShort(preparing) ? 0 : left(lastSent)),
    beforeSending: (messages, preparing) => {
      firstReady ??= clock.monotonic()
      return messages >= batchSize || preparing === 0 || !budget.isShort(preparing) ? 0 : left(firstReady)
    },
    claimed: (messages) => {
      wasFull = messages >= batchSize
    },
    sent: () => {
      lastSent = clock.monotonic()
      firstReady = undefined
    },
  }
}
