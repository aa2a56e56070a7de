import { createRequire, syncBuiltinESMExports } from 'node:module'
import type { Chance } from '../../e2e/crash/random.ts'

/** Time as it passes in a world, in milliseconds. */
interface Passing {
  readonly now: () => number
  /** Calls back after so many milliseconds; returns how to prevent it. */
  readonly after: (ms: number, happen: () => void) => () => void
}

/** What the process takes from outside while a world runs. */
export interface Outside {
  readonly scheduler: Passing
  /** Of ids and secrets. */
  readonly chance: Chance
  /** What the machine's clock shows, in milliseconds since 1970. */
  readonly now: () => number
  readonly fetch: typeof globalThis.fetch
}

let outside: Outside | undefined

/** From now on the process is in this world, and in none when it is left out. Timers of the world before never end. */
export const enterWorld = (entered?: Outside): void => {
  outside = entered
}

const load = createRequire(import.meta.url)
const RealDate = Date
const realNow = performance.now.bind(performance)
const realTimeout = setTimeout
const realClear = clearTimeout
const realRandom = Math.random

/** What the event loop does next, in no world. */
export const nextRealTurn = setImmediate

const now = (): number => (outside === undefined ? RealDate.now() : Math.floor(outside.now()))

/**
 * Gives timers, clocks, randomness and `fetch` of this process to the world that it is in. Libraries take them from the globals and from
 * Node's modules, so both are replaced, before any other module is loaded.
 */
export const ownGlobals = (): void => {
  ownClocks()
  ownTimers()
  ownRandomness()
  globalThis.fetch = (...given) => current().fetch(...given)
  syncBuiltinESMExports()
}

function current(): Outside {
  if (outside === undefined) throw new Error('something happens outside of every world')
  return outside
}

function ownClocks(): void {
  class WorldDate extends RealDate {
    constructor(...given: readonly unknown[]) {
      super(...((given.length === 0 ? [now()] : given) as [number]))
    }
    static override now(): number {
      return now()
    }
  }
  globalThis.Date = WorldDate as DateConstructor
  Object.defineProperty(performance, 'now', {
    value: () => (outside === undefined ? realNow() : outside.scheduler.now()),
  })
  AbortSignal.timeout = (ms) => {
    const controller = new AbortController()
    after(ms, () =>
      controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')),
    )
    return controller.signal
  }
}

/** A timer as Node gives it. */
interface Timer {
  cancel: () => void
}

const createTimer = (cancel: () => void): Timer => {
  const timer = {
    cancel,
    ref: () => timer,
    unref: () => timer,
    hasRef: () => true,
    [Symbol.toPrimitive]: () => 0,
  }
  return timer
}

const clear = (timer?: unknown): void => (timer as Timer | undefined)?.cancel?.()

type Callback = (...given: readonly unknown[]) => void

const startTimer = (callback: Callback, ms = 0, ...given: readonly unknown[]): Timer =>
  createTimer(after(Math.max(ms, 1), () => callback(...given)))

/** Between worlds, while modules are loaded, time is real. */
function after(ms: number, happen: () => void): () => void {
  if (outside !== undefined) return outside.scheduler.after(ms, happen)
  const timer = realTimeout(happen, ms)
  return () => realClear(timer)
}

const startInterval = (callback: Callback, ms = 0): Timer => {
  const again = (): void => {
    timer.cancel = after(Math.max(ms, 1), () => {
      again()
      callback()
    })
  }
  const timer = createTimer(() => {})
  again()
  return timer
}

const nextTurn = (callback: Callback, ...given: readonly unknown[]): Timer =>
  createTimer(after(0, () => callback(...given)))

function ownTimers(): void {
  const timers = {
    setTimeout: startTimer,
    setInterval: startInterval,
    setImmediate: nextTurn,
    clearTimeout: clear,
    clearInterval: clear,
    clearImmediate: clear,
  }
  Object.assign(globalThis, timers)
  Object.assign(load('node:timers') as object, timers)
  const sleep = (ms?: number, value?: unknown, { signal }: { signal?: AbortSignal } = {}): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const timer = startTimer(() => resolve(value), ms)
      signal?.addEventListener('abort', () => {
        clear(timer)
        reject(signal.reason)
      })
    })
  const turn = (value?: unknown): Promise<unknown> =>
    new Promise((resolve) => void nextTurn(() => resolve(value)))
  Object.assign(load('node:timers/promises') as object, { setTimeout: sleep, setImmediate: turn })
}

const random = (): number => (outside === undefined ? realRandom() : outside.chance.next())

function ownRandomness(): void {
  const fill = <Bytes extends ArrayBufferView>(view: Bytes): Bytes => {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
    for (let at = 0; at < bytes.length; at += 1) bytes[at] = Math.floor(random() * 256)
    return view
  }
  const randomUUID = (): string => {
    const hex = Buffer.from(fill(new Uint8Array(16))).toString('hex')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`
  }
  const randomBytes = (size: number): Buffer => fill(Buffer.alloc(size))
  Object.defineProperty(Math, 'random', { value: random })
  Object.defineProperty(globalThis.crypto, 'randomUUID', { value: randomUUID })
  Object.defineProperty(globalThis.crypto, 'getRandomValues', { value: fill })
  Object.assign(load('node:crypto') as object, { randomUUID, randomBytes, randomFillSync: fill })
}
