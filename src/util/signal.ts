import type { Clock } from '../port.ts'

/** Wakes one waiting loop; a wake-up that comes while nobody waits is kept for the next one. */
export interface WakeSignal {
  wake(): void
  /** Resolves when woken, after `ms`, or when the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>
}

export const createWakeSignal = (clock: Clock): WakeSignal => {
  let woken = false
  let current: AbortController | undefined
  return {
    wake: () => {
      woken = true
      current?.abort()
    },
    wait: async (ms, signal) => {
      if (!woken && !signal.aborted) {
        current = new AbortController()
        await clock.sleep(ms, AbortSignal.any([signal, current.signal]))
        current = undefined
      }
      woken = false
    },
  }
}
