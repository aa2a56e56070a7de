import type { Clock } from '../../port.ts'
import { batchSize } from './send-batch.ts'
import { openParts, type Plan } from '../turns/plan.ts'

/** Plans that wait to be sent, in the order they came. */
export interface ReadyPlans {
  /** Those whose time has come. */
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

/** The first plans that fill one call; what is too much of the last one goes with the next. */
export const firstBatch = (plans: readonly Plan[]): readonly Plan[] => {
  let size = 0
  const end = plans.findIndex((plan) => {
    size += openParts(plan).length
    return size >= batchSize
  })
  return end === -1 ? plans : plans.slice(0, end + 1)
}
