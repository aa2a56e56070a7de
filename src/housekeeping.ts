import type { Clock, Log, RemoteClock } from './port.ts'
import { repeat, type Worker } from './relay/worker.ts'
import type { AdminStore } from './store/admin/types.ts'

const everyMs = 60_000
/** Small enough that messages on their way hardly notice. */
const rowsAtOnce = 500
const pauseMs = 50

export interface HousekeepingOptions {
  readonly admin: AdminStore
  /** Texts and names older than this are erased; undefined: never. */
  readonly retentionMs: number | undefined
  /** Mews's clock: a text must be old by that one, too, since the clock here may be wrong. */
  readonly mewsClock: Pick<RemoteClock, 'now' | 'skewMs'>
  readonly clock: Clock
  readonly log: Log
}

/** Keeps the list of conversations current, and erases what is too old. */
export const createHousekeeping = (options: HousekeepingOptions): Worker => {
  const { admin, retentionMs, mewsClock, clock, log } = options

  const erase = async (before: number, draining: AbortSignal): Promise<void> => {
    let total = 0
    while (!draining.aborted) {
      const erased = await admin.erasure.eraseOlder(before, rowsAtOnce)
      total += erased
      if (erased === 0) break
      await clock.sleep(pauseMs, draining)
    }
    if (total === 0) return
    await admin.erasure.purge(false)
    log.info({ rows: total, before }, 'old texts and names erased')
  }

  const step = async (draining: AbortSignal): Promise<void> => {
    await admin.conversations.refresh()
    // Erasing cannot be undone, so both clocks must agree.
    if (retentionMs !== undefined && mewsClock.skewMs() !== undefined)
      await erase(Math.min(clock.now(), mewsClock.now()) - retentionMs, draining)
    await clock.sleep(everyMs, draining)
  }

  return { run: ({ draining }) => repeat('housekeeping', () => step(draining), { clock, log }, draining) }
}
