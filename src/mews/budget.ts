import type { Clock } from '../port.ts'
import {
  type BudgetRecord,
  createBudgetLedger,
  formatBudgetRecord,
  readBudgetRecord,
  type WriteBudgetRecord,
} from './budget-record.ts'

/** Shares the requests that Mews allows one access token. */
export interface Budget {
  /**
   * Resolves when a request may be made, with what is to be called when it is over, however it ended; rejects with the signal's
   * reason when it aborts first.
   */
  take(kind: RequestKind, signal: AbortSignal): Promise<() => void>
  /**
   * After a 429: nothing is granted for `afterMs` plus jitter or, where Mews does not say how long, for a jittered pause that
   * grows until something succeeds. Answers to requests that were under way together count once. Returns the pause in milliseconds.
   */
  pause(afterMs?: number): number
  /** After a success: pauses begin short again. */
  succeeded(): void
  /**
   * Continues from the last record of the process that made the requests before (empty when there is none). From now on grants are recorded
   * before they are made; while that fails, nothing is granted.
   */
  resume(record: string, write: WriteBudgetRecord): void
  /** The record of this moment, when nothing more is asked for. */
  record(): string
  /** Whether fewer than a quarter of the requests are left, or fewer than `needed`. */
  isShort(needed: number): boolean
  /** `left`: how many requests could be made now. `pausedUntil`: milliseconds since 1970. */
  state(): { readonly left: number; readonly pausedUntil: number | null }
}

/** `requests` are allowed in any span of `windowMs` (default 30 s); `random` is as `Math.random`. */
export interface BudgetOptions {
  readonly requests: number
  readonly windowMs?: number
  readonly clock: Clock
  readonly random: () => number
}

const recordAgainMs = 500

/**
 * Makes the budget of one access token: a sliding window, so that no span of the window's length holds more requests. Mews
 * counts a request when it arrives, at some time between its beginning and its end: so it counts for as long as it is under
 * way, and for a window's length after that.
 */
export const createBudget = ({ requests, windowMs = 30_000, clock, random }: BudgetOptions): Budget => {
  /** When requests were over, by the monotonic clock. */
  let over: number[] = []
  let underWay = 0
  let serving = false
  let nap = new AbortController()
  const ledger = createBudgetLedger()
  const pauses = createRateLimitPauses(clock, random)
  const queue = createQueue(() => {
    if (queue.isEmpty()) nap.abort()
  })

  const waitMs = (now: number): number => {
    over = stillCounting(over, now, windowMs)
    const isFull = over.length + underWay >= requests
    return Math.max(isFull ? (over[0] ?? now) + windowMs - now : 0, pauses.until - clock.now())
  }

  const made = (): BudgetRecord => ({
    times: over.map((at) => Math.round(at + offsetOf(clock))),
    open: underWay,
  })

  const finish = (): void => {
    underWay -= 1
    over.push(clock.monotonic())
  }

  const sleep = (ms: number): Promise<void> => clock.sleep(ms, (nap = new AbortController()).signal)

  const serve = async (): Promise<void> => {
    if (serving) return
    serving = true
    while (!queue.isEmpty()) {
      const wait = waitMs(clock.monotonic())
      if (wait > 0) await sleep(wait)
      else if (ledger.spend()) {
        underWay += 1
        queue.letThrough()
      } else if (!(await ledger.recordAhead(made(), requests))) await sleep(recordAgainMs)
    }
    serving = false
  }

  const leftAt = (now: number): number => requests - stillCounting(over, now, windowMs).length - underWay

  return {
    take: async (kind, signal) => {
      const turn = queue.join(kind, signal)
      void serve()
      await turn
      return finish
    },
    pause: (afterMs) => pauses.begin(afterMs),
    succeeded: () => pauses.succeeded(),
    resume: (record, write) => {
      const known = readBudgetRecord(record, clock.now()).map((at) => at - offsetOf(clock))
      // What was recorded before stands in the record.
      over = [...(ledger.begin(write) ? over : []), ...known].toSorted((one, other) => one - other)
    },
    record: () => formatBudgetRecord(made()),
    isShort: (needed) => leftAt(clock.monotonic()) < Math.max(needed, requests / 4),
    state: () => {
      const pausedUntil = pauses.until > clock.now() ? pauses.until : null
      return { left: pausedUntil === null ? Math.max(leftAt(clock.monotonic()), 0) : 0, pausedUntil }
    },
  }
}

/** When Mews has said that there were too many requests. */
export interface RateLimitPauses {
  /** Milliseconds since 1970; in the past while there is none. */
  readonly until: number
  /**
   * Begins a pause of `afterMs` plus jitter or, where Mews does not say how long, a jittered one that grows until something
   * succeeds. Answers to requests that were under way together count once. Returns how long it lasts, in milliseconds.
   */
  begin(afterMs?: number): number
  /** After a success: pauses begin short again. */
  succeeded(): void
}

const shortestMs = 2000

const longestMs = 2 * 60 * 1000

const jitterMs = 1000

/** What a request is for, in the order they are served: messages, then new threads, then looking for replies, then whose stay it is. */
export type RequestKind = 'send' | 'thread' | 'sync' | 'stay'

/** Callers waiting for their turn: by kind, and first come, first served within one. */
export interface Queue {
  /** Resolves when this caller is let through; rejects with the signal's reason, and leaves, when it aborts first. */
  join(kind: RequestKind, signal: AbortSignal): Promise<void>
  isEmpty(): boolean
  /** Lets the first one through. */
  letThrough(): void
}

/** `random` is as `Math.random`. */
const createRateLimitPauses = (clock: Clock, random: () => number): RateLimitPauses => {
  /** By the monotonic clock. */
  let until = -Infinity
  let count = 0
  return {
    get until() {
      return until === -Infinity ? 0 : clock.now() + until - clock.monotonic()
    },
    begin: (afterMs) => {
      const now = clock.monotonic()
      const underWay = until > now
      if (!underWay) count += 1
      const grown = underWay ? 0 : Math.min(shortestMs * 2 ** (count - 1), longestMs) * (1 + random())
      const pause = afterMs === undefined ? grown : afterMs + jitterMs * random()
      until = Math.max(until, now + Math.ceil(pause))
      return until - now
    },
    succeeded: () => void (count = 0),
  }
}

/** Makes a queue; `left` is called when a caller has left it without being let through. */
const createQueue = (left: () => void): Queue => {
  const waiting: Readonly<Record<RequestKind, Set<() => void>>> = {
    send: new Set(),
    thread: new Set(),
    sync: new Set(),
    stay: new Set(),
  }
  const inOrder = [waiting.send, waiting.thread, waiting.sync, waiting.stay]

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

/** The times of requests that count at `now`, oldest first. */
const stillCounting = (times: readonly number[], now: number, windowMs: number): number[] =>
  times.filter((at) => at + windowMs > now)

/** What a time in a record is ahead of the monotonic clock. */
const offsetOf = (clock: Clock): number => clock.now() - clock.monotonic()
