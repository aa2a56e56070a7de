import type { Adapter } from '../../port.ts'
import type { Run } from '../../store/lanes/types.ts'
import { createWakeSignal } from '../../util/signal.ts'
import type { RelayContext } from '../context.ts'
import { createHeldLanes } from '../lanes/held-lanes.ts'
import { turnGroup, unroutedGroup } from '../ids.ts'
import { propertyOf, readRouting } from './router.ts'
import { entriesAtOnce, readUnrouted } from './unrouted-run.ts'
import { createSettleUnrouted } from './settle-unrouted.ts'
import { repeat, type Worker } from '../worker.ts'

const lanesAtOnce = 32
const pollMs = 1_000

/**
 * Takes the conversations whose hotel the routes do not tell: asks the guest once, keeps what they write meanwhile, and moves
 * the lane to the hotel's sender. At its start it tries all of them by the present routes.
 */
export const createUnrouted = (context: RelayContext, adapter: Adapter): Worker => {
  const { store, leases, clock, log, propertyNames, route } = context
  const group = unroutedGroup(adapter.name)
  const claimable = createWakeSignal(clock)
  const lanes = createHeldLanes(context, () => claimable.wake())
  const settleUnrouted = createSettleUnrouted(context)

  const settle = async (run: Run, signal: AbortSignal): Promise<void> => {
    const { lane, token } = run
    const routing = readRouting(run.routing) ?? {}
    const whose = route(adapter.name, routing)
    const property = propertyOf(whose, adapter)
    if (property !== undefined) {
      log.info({ lane, property }, 'conversation routed')
      return void (await store.log.settle({
        lane,
        token,
        nextStep: { next: 'move', group: turnGroup(property) },
      }))
    }
    const among = 'among' in whose ? whose.among : []
    const candidates = among.map((key) => ({ key, name: propertyNames.get(key) ?? key }))
    const unrouted = await readUnrouted(run, { adapter, routing, candidates }, context, signal)
    await store.log.settle(await settleUnrouted(unrouted))
  }

  const work = async (run: Run, draining: AbortSignal): Promise<void> => {
    try {
      await settle(run, draining)
      lanes.letGo(run)
    } catch (error) {
      if (!draining.aborted) await lanes.postpone(run, error)
    }
  }

  const step = async (draining: AbortSignal): Promise<void> => {
    const query = { group, limit: entriesAtOnce, leaseMs: leases.leaseMs }
    const runs = await store.log.claim(query)
    lanes.hold(runs)
    for (let from = 0; from < runs.length; from += lanesAtOnce)
      await Promise.all(runs.slice(from, from + lanesAtOnce).map((run) => work(run, draining)))
    if (runs.length === 0) await claimable.wait(pollMs, draining)
  }

  return {
    run: async ({ draining }) => {
      const unsubscribe = store.log.onReady((ready) => {
        if (ready === group) claimable.wake()
      })
      let woken = false
      const begin = async (): Promise<void> => {
        if (!woken) await store.log.wake(group)
        woken = true
        await step(draining)
      }
      await repeat('unrouted conversations', begin, { clock, log }, draining)
      unsubscribe()
      await lanes.release()
    },
  }
}
