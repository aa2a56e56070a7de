import { drainedAtOnce } from '../store/spool/drain.ts'
import { createWakeSignal } from '../util/signal.ts'
import type { RelayContext } from './context.ts'
import { repeat, type Worker } from './worker.ts'

/** What other processes have recorded and not placed is found by looking. */
const pollMs = 1_000
/** With so many at a time, more will follow at once. */
const many = 32
/** For so long they are let gather: entries that are placed together cost far less than one by one. */
const gatherMs = 100

/** Brings what was recorded into its lanes: a lone event at once, many of them together. */
export const createSpoolDrainer = ({ store, clock, log }: RelayContext): Worker => ({
  run: async ({ draining }) => {
    const recorded = createWakeSignal(clock)
    const unsubscribe = store.log.onRecorded(() => recorded.wake())
    const place = async (): Promise<void> => {
      const placed = await store.log.place(drainedAtOnce)
      if (placed === 0) await recorded.wait(pollMs, draining)
      else if (placed >= many && placed < drainedAtOnce) await clock.sleep(gatherMs, draining)
    }
    await repeat('placer', place, { clock, log }, draining)
    unsubscribe()
  },
})
