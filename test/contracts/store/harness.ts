import { afterEach, beforeEach } from 'vitest'
import type { Clock } from '../../../src/port.ts'
import type { Store } from '../../../src/store/types.ts'
import type { Delivery, Entry, Run } from '../../../src/store/lanes/types.ts'
import { createManualClock, type ManualClock } from '../../fakes/clock.ts'

/** One database of a test's own. */
export interface TestDatabase {
  /** Opens it, again and again; `exclusive` as `serve` does, which is the default. */
  open(clock: Clock, options?: { readonly exclusive?: boolean }): Promise<Store>
  /** Spoils a table behind the store's back, so that whatever needs it fails. */
  dropTable(name: string): Promise<void>
  destroy(): Promise<void>
}

export type CreateTestDatabase = () => Promise<TestDatabase>

export interface StoreFixture {
  readonly clock: ManualClock
  readonly database: TestDatabase
  readonly store: Store
  /** Closes the store and opens it again. */
  readonly reopen: (options?: { readonly exclusive?: boolean }) => Promise<void>
}

/** Gives every test of a `describe` an open store on an empty database. */
export const useStore = (create: CreateTestDatabase): (() => StoreFixture) => {
  let fixture: StoreFixture | undefined
  beforeEach(async () => {
    const database = await create()
    const clock = createManualClock({ skipSleeps: true })
    let store = await database.open(clock)
    fixture = {
      clock,
      database,
      get store() {
        return store
      },
      reopen: async (options) => {
        await store.close()
        store = await database.open(clock, options)
      },
    }
  })
  afterEach(async () => {
    await fixture?.store.close()
    await fixture?.database.destroy()
    fixture = undefined
  })
  return () => {
    if (fixture === undefined) throw new Error('there is no store outside a test')
    return fixture
  }
}

/** An entry whose payload tells which it is; its one key is `key:<payload>`. */
export const entry = (lane: string, payload: string, rest: Partial<Entry> = {}): Entry => ({
  lane,
  group: 'group',
  kind: 'event',
  keys: [`key:${payload}`],
  payload,
  at: 1,
  ...rest,
})

export const delivery = (pos: number, rest: Partial<Delivery> = {}): Delivery => ({
  pos,
  part: 0,
  state: 'sent',
  text: 'Good evening',
  target: 'thread-1',
  author: 'Ada',
  startedAt: 10,
  nativeId: `native-${pos}`,
  possiblyTwice: false,
  reason: null,
  at: 20,
  ...rest,
})

/** Claims from the group of `entry`, up to 100 entries for a second unless told otherwise. */
export const claim = (
  store: Store,
  rest: Partial<Parameters<Store['log']['claim']>[0]> = {},
): Promise<readonly Run[]> => store.log.claim({ group: 'group', limit: 100, leaseMs: 1_000, ...rest })

/** Claims when exactly one lane is due. */
export const claimOne = async (store: Store): Promise<Run> => {
  const [run, ...others] = await claim(store)
  if (run === undefined || others.length > 0)
    throw new Error(`${others.length} lanes were due beside ${run?.lane}`)
  return run
}

/** What was handed out, by lane: `['lane: a b', …]`. */
export const toWords = (runs: readonly Run[]): readonly string[] =>
  runs.map(({ lane, entries }) => `${lane}: ${entries.map(({ payload }) => payload).join(' ')}`)
