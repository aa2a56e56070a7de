import type { OpenStore } from '../../../src/store/open-store.ts'
import type { Chance } from '../../e2e/crash/random.ts'
import type { Caller } from './network.ts'
import type { Scheduler } from './scheduler.ts'

interface SlowStoreOptions {
  readonly scheduler: Scheduler
  readonly chance: Chance
  readonly caller: Caller
}

/**
 * A store on this thread that behaves as if it had one of its own: each call takes a moment to get there, in the order of the calls, and its
 * outcome a moment to come back. The process may end before and after each.
 */
export const createSlowStore = (store: OpenStore, options: SlowStoreOptions): OpenStore => {
  const { scheduler, chance, caller } = options
  let lastThere = 0

  const moment = (): number => (chance.happens(0.02) ? chance.next() * 50 : chance.next())

  const away = async (work: () => unknown): Promise<unknown> => {
    caller.act('calls the store')
    const there = Math.max(lastThere, scheduler.now() + moment())
    lastThere = there
    await scheduler.sleep(there - scheduler.now())
    if (!caller.isAlive()) return never
    try {
      return await work()
    } finally {
      await scheduler.sleep(moment())
      caller.act('hears from the store')
      if (!caller.isAlive()) await never
    }
  }

  const slowly = (part: object): object =>
    Object.fromEntries(
      Object.entries(part).map(([name, value]: readonly [string, unknown]) => {
        if (name === 'keyv') return [name, (space: string) => slowKeyv(store.keyv(space), away)]
        if (immediate.has(name)) return [name, value]
        if (typeof value === 'function')
          return [name, (...given: readonly unknown[]) => away(() => Reflect.apply(value, part, given))]
        return [name, typeof value === 'object' && value !== null ? slowly(value) : value]
      }),
    )

  return slowly(store) as OpenStore
}

const never = new Promise<never>(() => {})

/** What registers a listener. */
const immediate: ReadonlySet<string> = new Set(['onReady', 'onRecorded', 'onAppended', 'onQuarantined', 'on'])

function slowKeyv(
  storage: ReturnType<OpenStore['keyv']>,
  away: (work: () => unknown) => Promise<unknown>,
): ReturnType<OpenStore['keyv']> {
  const methods = ['get', 'getMany', 'set', 'setMany', 'delete', 'deleteMany', 'clear', 'has'] as const
  const slow = Object.fromEntries(
    methods.map((name) => [
      name,
      (...given: readonly unknown[]) => away(() => Reflect.apply(storage[name], storage, given)),
    ]),
  )
  return Object.assign(Object.create(storage) as typeof storage, slow)
}
