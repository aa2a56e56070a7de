/** Whoever wants to be told of something. */
export interface Listeners<Value> {
  /** From now on the listener is told; returns how to stop. */
  readonly add: (listener: (value: Value) => void) => () => void
  /** Tells each in a turn of its own: one that throws must not look like a failure of whatever it is told of. */
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
