import type { Adapter } from '../../port.ts'
import type { Run } from '../../store/types.ts'
import type { RelayContext } from '../context.ts'
import { createDeliverRun } from './reply-deliverer.ts'
import { postpone } from '../lanes/held-lanes.ts'
import { replyGroup } from '../ids.ts'
import { createWakeSignal } from '../../util/signal.ts'
import { repeat, type Worker } from '../worker.ts'

const conversationsAtOnce = 64
const entriesAtOnce = 20
const pollMs = 1_000

/** Carries replies and notices to one platform's guests: many conversations side by side, each in order. */
export const createReplyDeliverer = (context: RelayContext, adapter: Adapter): Worker => {
  const { store, leases, clock, log } = context
  const group = replyGroup(adapter.name)
  const deliverRun = createDeliverRun(context, adapter)
  const claimable = createWakeSignal(clock)
  const working = new Set<Promise<void>>()

  /** Works on one conversation; where its records cannot be read or written, it waits. */
  const work = async (run: Run, stop: AbortSignal, abort: AbortSignal): Promise<void> => {
    try {
      await deliverRun(run, stop, abort)
    } catch (error) {
      await postpone(run, error, context)
    }
    leases.drop(run)
    claimable.wake()
  }

  const claim = async (stop: AbortSignal, abort: AbortSignal): Promise<void> => {
    const free = conversationsAtOnce - working.size
    const query = { group, limit: free, limitPerLane: entriesAtOnce, leaseMs: leases.leaseMs }
    const runs = free > 0 ? await store.log.claim(query) : []
    leases.hold(runs)
    for (const run of runs) {
      const task = work(run, stop, abort)
      working.add(task)
      void task.then(() => working.delete(task))
    }
    if (runs.length === 0) await claimable.wait(pollMs, stop)
  }

  return {
    run: async (stop, abort) => {
      const unsubscribe = store.log.onReady((ready) => {
        if (ready === group) claimable.wake()
      })
      await repeat('reply deliverer', () => claim(stop, abort), { clock, log }, stop)
      await Promise.all(working)
      unsubscribe()
    },
  }
}
