import type { RelayContext } from '../context.ts'
import type { Plan } from './plan.ts'

/** Makes what is known of plans durable and lets their notices go; they stay held. */
export const recordPlans = async (
  plans: readonly Plan[],
  { store }: Pick<RelayContext, 'store'>,
): Promise<void> => {
  await Promise.all(
    plans.map(async (plan) => {
      const { run, parts, note, notices } = plan
      const { lane, token } = run
      const fate = { next: 'hold' } as const
      await store.log.settle({ lane, token, deliveries: parts, note, append: notices, fate })
      plan.notices = []
    }),
  )
}
