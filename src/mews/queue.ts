/** What a request is for, in the order they are served: messages, then new threads, then looking for replies. */
export type RequestKind = 'send' | 'thread' | 'sync'

/** Callers waiting for their turn: by kind, and first come, first served within one. */
export interface Queue {
  /** Resolves when this caller is let through; rejects with the signal's reason, and leaves, when it aborts first. */
  join(kind: RequestKind, signal: AbortSignal): Promise<void>
  isEmpty(): boolean
  /** Lets the first one through. */
  letThrough(): void
}

/** Makes a queue; `left` is called when a caller has left it without being let through. */
export const createQueue = (left: () => void): Queue => {
  const waiting: Readonly<Record<RequestKind, Set<() => void>>> = {
    send: new Set(),
    thread: new Set(),
    sync: new Set(),
  }
  const inOrder = [waiting.send, waiting.thread, waiting.sync]

  return {
    join: (kind, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason)
        const leave = (): void => {
          waiting[kind].delete(pass)
          left()
          reject(signal.reason)
        }
        const pass = (): void => {
          waiting[kind].delete(pass)
          signal.removeEventListener('abort', leave)
          resolve()
        }
        waiting[kind].add(pass)
        return signal.addEventListener('abort', leave, { once: true })
      }),
    isEmpty: () => inOrder.every((line) => line.size === 0),
    letThrough: () => {
      const [first] = inOrder.find((line) => line.size > 0) ?? []
      first?.()
    },
  }
}
