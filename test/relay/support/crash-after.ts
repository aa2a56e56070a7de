import type { Adapter } from '../../../src/port.ts'
import type { Store } from '../../../src/store/types.ts'

/** A connector in this process that dies after one of its acts: it does nothing any more, and never learns what came of that act. */
export interface CrashAfter {
  isOver(): boolean
  /** Resolves when it is. */
  readonly over: Promise<void>
  store(store: Store): Store
  fetch(fetch: typeof globalThis.fetch): typeof globalThis.fetch
  adapter(adapter: Adapter): Adapter
}

/** What is an act: what changes the records. Posts to a platform and calls of Mews are acts as well. */
const acts = new Set(['append', 'settle', 'set', 'intend', 'intendAgain', 'opened', 'bound'])

const never = new Promise<never>(() => {})

interface MortalLife extends CrashAfter {
  /** Ends it at this moment: what it has asked for goes on without it. */
  end(): void
}

/** `left`: how many acts it has. */
export const createCrashAfter = (left: number): MortalLife => {
  let done = 0
  let isOver = false
  const { promise: over, resolve } = Promise.withResolvers<void>()

  const end = (): void => {
    isOver = true
    resolve()
  }

  const finish = async <Result>(work: Promise<Result>, isAct: boolean): Promise<Result> => {
    const result = await work
    if (isAct && !isOver) {
      done += 1
      if (done === left) end()
    }
    return isOver ? never : result
  }

  /** Its functions, and those of what they give, end with this life. */
  const mortal = <Thing extends object>(thing: Thing): Thing =>
    new Proxy(thing, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name)
        if (typeof value === 'object' && value !== null) return mortal(value)
        if (typeof value !== 'function') return value
        return (...given: unknown[]): unknown => {
          if (isOver) return never
          const result: unknown = Reflect.apply(value, target, given)
          if (result instanceof Promise) return finish(result, acts.has(String(name)))
          return name === 'keyv' ? mortal(result as object) : result
        }
      },
    })

  return {
    isOver: () => isOver,
    over,
    end,
    store: mortal,
    fetch: (fetch) => (url, init) => (isOver ? never : finish(fetch(url, init), true)),
    adapter: (adapter) => ({
      ...adapter,
      send: (part, signal) => (isOver ? never : finish(adapter.send(part, signal), true)),
    }),
  }
}

/** Lives of a connector that is killed and started again: `live` begins one, `kill` ends it at this moment. */
export const createCrashesAfter = (): { readonly live: () => CrashAfter; readonly kill: () => void } => {
  let life = createCrashAfter(Infinity)
  return {
    live: () => (life = createCrashAfter(Infinity)),
    kill: () => life.end(),
  }
}

/** A life without an end, in which the adapter is changed. */
export const createCrashAfterWith = (adapter: CrashAfter['adapter']): CrashAfter => ({
  ...createCrashAfter(Infinity),
  adapter,
})
