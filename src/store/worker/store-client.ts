import { once } from 'node:events'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Clock } from '../../port.ts'
import {
  type Call,
  type Calls,
  type News,
  type Outcome,
  type Shape,
  type Times,
  toError,
} from './protocol.ts'
import { StoreError } from '../error.ts'
import type { OpenStore, StoreOptions } from '../open-store.ts'
import { openSpoolInWorker } from './spool-client.ts'
import type { StoreDialect } from '../dialect.ts'
import type { KeyvStorage } from '../types.ts'
import type { LaneLog, AppendedEntry, QuarantinedEntry } from '../lanes/types.ts'
import { createListeners } from '../../util/signal.ts'

/**
 * Opens a store on a thread of its own, and its spool on another: SQLite's calls wait for the disk, and PostgreSQL's make and read much
 * text. The thread that answers requests is not held up. Rejects as `openStore` does; when the thread dies, the process does too.
 */
export const openStoreInWorker = async (options: StoreOptions): Promise<OpenStore> => {
  const { clock, follow, url, exclusive } = options
  const file = new URL(`./store-worker${extname(import.meta.url)}`, import.meta.url)
  const thread = new Worker(file, { workerData: { url, exclusive, ...timesOf(clock) } })
  const [first] = (await once(thread, 'message')) as [News]
  if ('failure' in first) {
    await thread.terminate()
    throw toError(first.failure)
  }
  if (!('opened' in first)) throw new TypeError('the thread of the store began with something else')
  const spool = await openSpoolInWorker(url).catch(async (error: unknown) => {
    await thread.terminate()
    throw error
  })
  const { call, onReady, onAppended, onQuarantined, refuse } = createCalls(thread, clock)
  const recorded = createListeners<void>()
  const store = imitate(first.opened, [], call) as OpenStore
  if (store.shared) await follow?.(() => store.time())
  let closed: Promise<void> | undefined
  const close = async (): Promise<void> => {
    await spool.close()
    const closing = store.close()
    refuse()
    await closing
    await thread.terminate()
  }
  return {
    ...store,
    log: {
      ...store.log,
      record: async (entries) => {
        await spool.add(entries)
        recorded.tell()
      },
      onRecorded: recorded.add,
      onReady,
      onAppended,
      onQuarantined,
    },
    keyv: (space) => createKeyv(space, store.shared ? 'postgres' : 'sqlite', call),
    close: () => (closed ??= close()),
  }
}

const timesOf = (clock: Clock): Times => ({ now: clock.now(), monotonic: clock.monotonic() })

/** Sends calls, all of one turn of the event loop together, and gives each its outcome. */
const createCalls = (thread: Worker, clock: Clock): Line => {
  const pending = new Map<number, PromiseWithResolvers<unknown>>()
  const ready = createListeners<string>()
  const appended = createListeners<readonly AppendedEntry[]>()
  const quarantined = createListeners<readonly QuarantinedEntry[]>()
  let calls: Call[] = []
  let last = 0
  let refusing = false

  const flush = (): void => {
    thread.postMessage({ ...timesOf(clock), calls } satisfies Calls, [])
    calls = []
  }

  const end = (outcome: Outcome): void => {
    const waiting = pending.get(outcome.id)
    pending.delete(outcome.id)
    if ('failure' in outcome) waiting?.reject(toError(outcome.failure))
    else waiting?.resolve(outcome.result)
  }

  thread.on('message', (news: News) => {
    if (!('outcomes' in news)) return
    for (const outcome of news.outcomes) end(outcome)
    for (const group of news.groups) ready.tell(group)
    if (news.appended.length > 0) appended.tell(news.appended)
    if (news.quarantined.length > 0) quarantined.tell(news.quarantined)
    if (pending.size === 0) thread.unref()
  })
  thread.unref()
  return {
    call: (path, args) => {
      if (refusing) return Promise.reject(new StoreError('unavailable', 'The store is closed'))
      const waiting = Promise.withResolvers<unknown>()
      last += 1
      if (pending.size === 0) thread.ref()
      pending.set(last, waiting)
      if (calls.push({ id: last, path, args }) === 1) setImmediate(flush)
      return waiting.promise
    },
    onReady: ready.add,
    onAppended: appended.add,
    onQuarantined: quarantined.add,
    refuse: () => {
      refusing = true
    },
  }
}

interface Line {
  readonly call: MakeCall
  readonly onReady: LaneLog['onReady']
  readonly onAppended: LaneLog['onAppended']
  readonly onQuarantined: LaneLog['onQuarantined']
  /** Lets no more calls through. */
  readonly refuse: () => void
}

type MakeCall = (path: readonly string[], args: readonly unknown[]) => Promise<unknown>

/** An object of the same shape, whose methods are calls. */
const imitate = (shape: Shape, path: readonly string[], call: MakeCall): unknown =>
  Object.fromEntries(
    Object.entries(shape).map(([name, part]) => {
      const place = [...path, name]
      if (part === 'method') return [name, (...args: readonly unknown[]) => call(place, args)]
      return [name, 'value' in part ? part['value'] : imitate(part, place, call)]
    }),
  )

const createKeyv = (space: string, dialect: StoreDialect['name'], call: MakeCall): KeyvStorage => {
  const method =
    <Result>(name: keyof KeyvStorage) =>
    (...args: readonly unknown[]): Promise<Result> =>
      call(['keyv', space, name], args) as Promise<Result>
  return {
    opts: { url: `${dialect}:`, dialect },
    namespace: space,
    get: method('get'),
    getMany: method('getMany'),
    set: method('set'),
    setMany: method('setMany'),
    delete: method('delete'),
    deleteMany: method('deleteMany'),
    clear: method('clear'),
    has: method('has'),
    async *iterator(namespace) {
      yield* (await call(['keyv', space, 'iterator'], [namespace])) as [string, string][]
    },
    disconnect: async () => {},
    on: () => undefined,
  }
}
