import { setImmediate as nextTurn } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../../clock.ts'
import type { Clock } from '../../port.ts'
import {
  type Call,
  type Calls,
  type News,
  type Outcome,
  type Shape,
  type Times,
  toFailure,
} from './protocol.ts'
import type { AppendedEntry, QuarantinedEntry } from '../lanes/types.ts'
import { openStore } from '../open.ts'
import type { OpenStore, StoreOptions } from '../open-store.ts'

/** The thread of `store-client.ts`: opens the store and makes the calls it is sent. */

let { now, monotonic } = workerData as Times
/** How far the database's clock is ahead, until the time that is sent follows it. */
let ahead = 0

/** Uses the time it is sent; only wake-ups over a broken connection wait for real time. */
const clock: Clock = {
  now: () => now + ahead,
  monotonic: () => monotonic,
  sleep: (ms, signal) => systemClock.sleep(ms, signal),
}

const follow: StoreOptions['follow'] = async (time) => {
  ahead = Math.round((await time()) - now)
}

const run = async (): Promise<void> => {
  const { url, exclusive } = workerData as Omit<StoreOptions, 'clock'>
  const store = await openStore({ url, exclusive, clock, follow })
  const { outcome, ready, appended, quarantined } = createTeller()
  const call = createCaller(store)
  store.log.onReady(ready)
  store.log.onAppended(appended)
  store.log.onQuarantined(quarantined)
  parentPort?.on('message', (message: Calls) => {
    ;({ now, monotonic } = message)
    ahead = 0
    for (const { id, ...given } of message.calls) {
      call({ id, ...given }).then(
        (result) => outcome({ id, result }),
        (error: unknown) => outcome({ id, failure: toFailure(error) }),
      )
    }
  })
  tell({ opened: shapeOf(store) })
}

const tell = (news: News): void => parentPort?.postMessage(news, [])

const shapeOf = (store: object): Shape =>
  Object.fromEntries(
    Object.entries(store).map(([name, value]: [string, unknown]) => {
      if (typeof value === 'function') return [name, 'method']
      return [name, typeof value === 'object' && value !== null ? shapeOf(value) : { value }]
    }),
  )

/** Batches messages, so that callers who waited for one commit are answered together. */
const createTeller = (): {
  readonly outcome: (outcome: Outcome) => void
  readonly ready: (group: string) => void
  readonly appended: (appended: readonly AppendedEntry[]) => void
  readonly quarantined: (quarantined: readonly QuarantinedEntry[]) => void
} => {
  let outcomes: Outcome[] = []
  let groups = new Set<string>()
  let appended: AppendedEntry[] = []
  let quarantined: QuarantinedEntry[] = []
  let telling = false
  const flush = async (): Promise<void> => {
    telling = true
    await nextTurn()
    telling = false
    tell({ outcomes, groups: [...groups], appended, quarantined })
    outcomes = []
    appended = []
    quarantined = []
    groups = new Set()
  }
  return {
    outcome: (outcome) => {
      outcomes.push(outcome)
      if (!telling) void flush()
    },
    ready: (group) => {
      groups.add(group)
      if (!telling) void flush()
    },
    appended: (more) => {
      appended.push(...more)
      if (!telling) void flush()
    },
    quarantined: (more) => {
      quarantined.push(...more)
      if (!telling) void flush()
    },
  }
}

const toArray = async (items: AsyncIterable<unknown>): Promise<readonly unknown[]> => {
  const found: unknown[] = []
  for await (const item of items) found.push(item)
  return found
}

const createCaller = (store: OpenStore): ((call: Call) => Promise<unknown>) => {
  const keyvs = new Map<string, ReturnType<OpenStore['keyv']>>()
  const keyvOf = (space: string): object => {
    const keyv = keyvs.get(space) ?? store.keyv(space)
    keyvs.set(space, keyv)
    return keyv
  }
  return async ({ path: [first = '', ...rest], args }) => {
    const [space = '', ...names] = first === 'keyv' ? rest : ['', first, ...rest]
    const start: unknown = first === 'keyv' ? keyvOf(space) : store
    const owner = names.slice(0, -1).reduce<unknown>((part, name) => Reflect.get(part as object, name), start)
    const method = Reflect.get(owner as object, names.at(-1) ?? '') as Method
    const made = method.apply(owner, [...args])
    return names[0] === 'iterator' ? toArray(made as AsyncIterable<unknown>) : made
  }
}

type Method = (...args: readonly unknown[]) => unknown

run().catch((error: unknown) => tell({ failure: toFailure(error) }))
