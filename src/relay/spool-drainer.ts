import { drainedAtOnce } from '../store/spool/drain.ts'
import { createWakeSignal } from '../util/signal.ts'
import type { RelayContext } from './context.ts'
import { repeat, type Worker } from './worker.ts'

/** How often it is looked whether another process has recorded something and not drained it. */
const pollMs = 1_000
/** Where this many come at once, more will follow. Where fewer do, none is left: what comes meanwhile wakes the drainer. */
const many = 32
/** The wait for those: entries that are appended together cost far less than one by one. */
const batchWaitMs = 100

/** Brings what was recorded into its lanes: a lone event at once, many of them together. */
export const createSpoolDrainer = ({ store, clock, log }: RelayContext): Worker => ({
  run: async ({ draining }) => {
    const recorded = createWakeSignal(clock)
    const unsubscribe = store.log.onRecorded(() => recorded.wake())
    const drain = async (): Promise<void> => {
      const drained = await store.log.drain(drainedAtOnce)
      if (drained < many) await recorded.wait(pollMs, draining)
      else if (drained < drainedAtOnce) await clock.sleep(batchWaitMs, draining)
    }
    await repeat('spool drainer', drain, { clock, log }, draining)
    unsubscribe()
  },
})
