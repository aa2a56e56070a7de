import type { Clock } from '../port.ts'

/** Wakes one waiting loop; a wake-up that comes before the wait is kept for the next one. */
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

/** A list of listeners. */
export interface Listeners<Value> {
  /** From now on the listener is told; returns how to stop. */
  readonly add: (listener: (value: Value) => void) => () => void
  /** Calls each in a turn of its own, so that a listener that throws does not look like a failure of the caller. */
  readonly tell: (value: Value) => void
}

export const createListeners = <Value>(): Listeners<Value> => {
  const listeners = new Set<(value: Value) => void>()
  return {
    add: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    tell: (value) => {
      for (const listener of listeners) queueMicrotask(() => listener(value))
    },
  }
}
