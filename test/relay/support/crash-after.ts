import type { Adapter } from '../../../src/port.ts'
import type { Store } from '../../../src/store/types.ts'

/** A connector in this process that crashes after one of its acts: from then on it does nothing, and never learns what came of that act. */
export interface CrashAfter {
  hasCrashed(): boolean
  /** Resolves when it has. */
  readonly crashed: Promise<void>
  store(store: Store): Store
  fetch(fetch: typeof globalThis.fetch): typeof globalThis.fetch
  adapter(adapter: Adapter): Adapter
}

/** What is an act: what changes the records. Posts to a platform and calls of Mews are acts as well. */
const acts = new Set([
  'append',
  'settle',
  'set',
  'intend',
  'intendAgain',
  'opened',
  'bound',
  'alarmed',
  'stayTold',
])

const never = new Promise<never>(() => {})

interface CrashNow extends CrashAfter {
  /** Crashes at this moment: requests that are on their way go on without it. */
  crash(): void
}

/** Crashes after the act with this number, counted from 1. */
export const createCrashAfter = (lastAct: number): CrashNow => {
  let done = 0
  let hasCrashed = false
  const { promise: crashed, resolve } = Promise.withResolvers<void>()

  const crash = (): void => {
    hasCrashed = true
    resolve()
  }

  const finish = async <Result>(work: Promise<Result>, isAct: boolean): Promise<Result> => {
    const result = await work
    if (isAct && !hasCrashed) {
      done += 1
      if (done === lastAct) crash()
    }
    return hasCrashed ? never : result
  }

  /** Its functions, and those of what they give, never return after the crash. */
  const untilCrash = <Thing extends object>(thing: Thing): Thing =>
    new Proxy(thing, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name)
        if (typeof value === 'object' && value !== null) return untilCrash(value)
        if (typeof value !== 'function') return value
        return (...given: unknown[]): unknown => {
          if (hasCrashed) return never
          const result: unknown = Reflect.apply(value, target, given)
          if (result instanceof Promise) return finish(result, acts.has(String(name)))
          return name === 'keyv' ? untilCrash(result as object) : result
        }
      },
    })

  return {
    hasCrashed: () => hasCrashed,
    crashed,
    crash,
    store: untilCrash,
    fetch: (fetch) => (url, init) => (hasCrashed ? never : finish(fetch(url, init), true)),
    adapter: (adapter) => ({
      ...adapter,
      send: (part, signal) => (hasCrashed ? never : finish(adapter.send(part, signal), true)),
    }),
  }
}

/** A connector that is started again and again (`createCrash`); `kill` crashes the one that runs. */
export const createCrashesAfter = (): {
  readonly createCrash: () => CrashAfter
  readonly kill: () => void
} => {
  let current = createCrashAfter(Infinity)
  return {
    createCrash: () => (current = createCrashAfter(Infinity)),
    kill: () => current.crash(),
  }
}

/** Never crashes, and has another adapter. */
export const createCrashAfterWith = (adapter: CrashAfter['adapter']): CrashAfter => ({
  ...createCrashAfter(Infinity),
  adapter,
})
