import type { Budget } from '../../mews/budget.ts'
import type { Clock } from '../../port.ts'
import type { Delivery } from '../../store/lanes/types.ts'
import { openParts, type Plan } from '../turns/plan.ts'

/** The most messages of one `messages/add`. */
export const batchSize = 1_000

/** Plans that wait to be sent, in the order they came. */
export interface ReadyPlans {
  /** The plans whose time has come. */
  due(): readonly Plan[]
  add(plan: Plan): void
  remove(plan: Plan): void
}

export const createReadyPlans = (clock: Clock): ReadyPlans => {
  const plans = new Set<Plan>()
  return {
    due: () => [...plans].filter(({ notBefore = -Infinity }) => notBefore <= clock.monotonic()),
    add: (plan) => void plans.add(plan),
    remove: (plan) => void plans.delete(plan),
  }
}

export const messagesIn = (plans: readonly Plan[]): number =>
  plans.reduce((sum, plan) => sum + openParts(plan).length, 0)

/** The first plans that fill one call; the rest of the last one goes with the next call. */
export const firstBatch = (plans: readonly Plan[]): readonly Plan[] => {
  let size = 0
  const end = plans.findIndex((plan) => {
    size += openParts(plan).length
    return size >= batchSize
  })
  return end === -1 ? plans : plans.slice(0, end + 1)
}

/** One message of a batch. */
export interface Item {
  readonly plan: Plan
  readonly delivery: Delivery
}

/** The plans of one call. A step puts what it learns of them here at once, so that a failure after it loses nothing. */
export interface Batch {
  /** The plans as they are now. */
  readonly plans: () => readonly Plan[]
  /** The plan as it is now. */
  readonly current: (plan: Plan) => Plan
  /** Puts plans in the place of what they were. */
  readonly replace: (plans: readonly Plan[]) => void
}

export const createBatch = (plans: readonly Plan[]): Batch => {
  const byRun = new Map(plans.map((plan) => [plan.run, plan]))
  return {
    plans: () => [...byRun.values()],
    current: (plan) => byRun.get(plan.run) ?? plan,
    replace: (changed) => {
      for (const plan of changed) byRun.set(plan.run, plan)
    },
  }
}

/** How long a batch may wait for more messages, before it is claimed and once more while it is prepared. */
const longestMs = 500

/**
 * Lets batches fill up while requests are short: a request that is spent on a few messages is missing for a new thread, or for
 * all other guests a moment later. `preparing` conversations may each need one for their thread. With requests to spare nothing waits.
 */
export interface BatchTiming {
  /** For how many milliseconds to claim nothing: unclaimed turns go together with what is written meanwhile, also in the same conversations. */
  beforeClaim(preparing: number): number
  /** For how many milliseconds a batch of so many messages waits for those that are being prepared; 0: it goes now. */
  beforeSending(messages: number, preparing: number): number
  /** Notes how many messages were claimed. */
  claimed(messages: number): void
  /** Notes that a batch has gone. */
  sent(): void
}

export const createBatchTiming = (budget: Pick<Budget, 'isShort'>, clock: Clock): BatchTiming => {
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
