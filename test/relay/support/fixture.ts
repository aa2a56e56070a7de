import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { DatabaseSync } from 'node:sqlite'
import type { RelayContext, RelayTimes } from '../../../src/relay/context.ts'
import type { Gate } from '../../../src/relay/property/gate.ts'
import { createRelay, type Relay } from '../../../src/relay/relay.ts'
import { backUpSqlite } from '../../../src/store/sqlite/backup.ts'
import { openStore } from '../../../src/store/open.ts'
import type { Store } from '../../../src/store/types.ts'
import type { Wording } from '../../../src/relay/wording.ts'
import { type LogLine, createLogBook } from '../../fakes/log.ts'
import { createFakeMews, type FakeMews, type FakeMewsOptions } from '../../fakes/mews/mews.ts'
import {
  type FixtureHotel,
  type FixturePlatform,
  createContext,
  connectFixtureHotel,
  receiveWebhooks,
} from './assembly.ts'
import { day, type ManualClock, minute, second } from '../../fakes/clock.ts'
import type { CrashAfter } from './crash-after.ts'
import { createWatchedFetch, type MewsCall, type WatchedFetch } from './watched-fetch.ts'

/** As the settings have it by default. */
const patience: RelayTimes = {
  confirmMs: 10 * second,
  retryMs: second,
  retryMaxMs: 5 * minute,
  giveUpMs: day,
  idleMs: 30 * day,
  syncMs: 2 * minute,
  leaseMs: minute,
}

/** What the store knows of one part. */
interface DeliveryRow {
  readonly lane: string
  readonly pos: number
  readonly part: number
  readonly state: string
  readonly native_id: string | null
  readonly reason: string | null
  readonly possibly_twice: number
}

/** The relay in this process, between a fake Mews and any adapters, with time in the test's hand. */
export interface RelayFixture {
  readonly clock: ManualClock
  readonly mews: FakeMews
  readonly gate: Gate
  readonly store: Store
  readonly relay: Relay
  /** Stops the relay and starts it anew on the same records, with these hotels. */
  restart(hotels: readonly FixtureHotel[]): Promise<void>
  /** Starts it anew on the same records after it has crashed. */
  revive(): Promise<void>
  /** Copies the database as it is, with the time of this copy. */
  backUp(): Promise<void>
  /** The machine dies, the last copy is put in place of the database, and the relay starts on it. */
  putBack(): Promise<void>
  readonly lines: readonly LogLine[]
  readonly calls: readonly MewsCall[]
  /** The calls of one operation, e.g. `messages/add`. */
  callsOf(operation: string): readonly MewsCall[]
  /** Every part that was to be delivered, from the database, by lane and position. */
  deliveries(): readonly DeliveryRow[]
  /** The parts whose delivery failed. */
  failed(): readonly DeliveryRow[]
  /** Lets time pass until the check no longer throws. */
  until(check: () => void): Promise<void>
  /** Lets that much time pass, a second at a time or `stepMs`, and requests be answered in between. */
  pass(ms: number, stepMs?: number): Promise<void>
  close(): Promise<void>
}

export interface RelayFixtureOptions extends Pick<FakeMewsOptions, 'switches'> {
  readonly clock: ManualClock
  readonly platforms: readonly FixturePlatform[]
  readonly times?: Partial<RelayTimes>
  /** Of the budget; default 180. */
  readonly requests?: number
  /** Default: one without routes. */
  readonly hotels?: readonly FixtureHotel[]
  /** How alarms are set, with the `fetch` that they are sent with. Default: none. */
  readonly alarms?: (world: {
    readonly fetch: typeof fetch
    readonly clock: ManualClock
  }) => RelayContext['alarms']
  /** Default: no desk. */
  readonly hours?: RelayContext['hours']
  /** Default: nobody is looked up. */
  readonly stays?: RelayContext['stays']
  /** The bot's words, asked for at every start. Default: those that come with the program. */
  readonly wording?: () => Wording
  /** Called at every start. Default: it does not crash. */
  readonly createCrash?: () => CrashAfter
}

/** In real milliseconds. */
const longestTest = 40_000

const nextTurns = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** The ways to let time pass; it stands still while an answer is due. */
const createPassing = (
  clock: ManualClock,
  { isBusy }: Pick<WatchedFetch, 'isBusy'>,
): Pick<RelayFixture, 'until' | 'pass'> => {
  const tick = async (stepMs = second): Promise<void> => {
    await nextTurns()
    if (isBusy()) await pause(1)
    else clock.step(stepMs)
  }
  return {
    until: async (check) => {
      const deadline = performance.now() + longestTest
      for (;;) {
        try {
          return check()
        } catch (error) {
          if (performance.now() > deadline) throw error
        }
        await tick()
      }
    },
    pass: async (ms, stepMs) => {
      for (const end = clock.now() + ms; clock.now() < end;) await tick(stepMs)
      await nextTurns()
    },
  }
}

const toProperty = (name: string, index: number): FakeMews['properties'][number] => ({
  name,
  accessToken: `access-token-${index}`,
  enterpriseId: `c1a7e0d4-3b52-4f0a-9b1e-7de2a4b0c61${index}`,
})

/** Joins everything as the program does, and starts it. */
export const createRelayFixture = async ({
  clock,
  platforms,
  requests = 180,
  hotels = [{ name: 'Grand Hotel' }],
  createCrash,
  ...options
}: RelayFixtureOptions): Promise<RelayFixture> => {
  const folder = await mkdtemp(join(tmpdir(), 'relay-'))
  const path = join(folder, 'relay.db')
  const open = (): Promise<Store> => openStore({ url: `sqlite:${path}`, clock, exclusive: true })
  let store = await open()
  const properties = hotels.map(({ name }, index) => toProperty(name, index))
  // Mews has a clock of its own, which nobody here sets.
  const ofMews = { ...clock, now: clock.monotonic }
  const mews = await createFakeMews({ clock: ofMews, properties, switches: { ...options.switches } })
  const watched = createWatchedFetch(clock)
  const { log, lines } = createLogBook()
  const times = { ...patience, ...options.times }
  const assemble = (served: readonly FixtureHotel[]): { readonly relay: Relay; readonly gate: Gate } => {
    const crash = createCrash?.()
    const environment = {
      mews,
      times,
      requests,
      clock,
      log,
      store: crash?.store(store) ?? store,
      fetch: crash?.fetch(watched.fetch) ?? watched.fetch,
      alarms: options.alarms?.({ fetch: crash?.fetch(watched.fetch) ?? watched.fetch, clock }),
      hours: options.hours,
      stays: options.stays,
      wording: options.wording?.(),
    }
    const connections = served.map((hotel) =>
      connectFixtureHotel(
        hotel,
        properties.find(({ name }) => name === hotel.name),
        environment,
      ),
    )
    const crashing = platforms.map(({ name, create }): FixturePlatform => {
      if (crash === undefined) return { name, create }
      return { name, create: (context) => crash.adapter(create(context)) }
    })
    const relay = createRelay(createContext(crashing, served, environment), connections)
    const [first] = connections
    if (first === undefined) throw new Error('there is no hotel')
    return { relay, gate: first.gate }
  }
  let joined = assemble(hotels)
  const announce: Relay['announce'] = (...given) => joined.relay.announce(...given)
  const webhooks = await receiveWebhooks({ announce }, { mews, clock, log })
  let database = new DatabaseSync(path, { readOnly: true })
  joined.relay.start()
  const deliveries = () =>
    database.prepare('select * from delivery order by lane, pos, part').all() as unknown as DeliveryRow[]
  let stopped: Promise<void> | undefined
  const stop = (graceMs: number): Promise<void> => (stopped ??= joined.relay.stop(graceMs))
  const stopNow = async (): Promise<void> => {
    const stopping = stop(0)
    await nextTurns()
    clock.step(0)
    await stopping
  }

  return {
    clock,
    mews,
    gate: joined.gate,
    get store() {
      return store
    },
    relay: { announce, start: () => joined.relay.start(), stop },
    restart: async (served) => {
      await stopNow()
      stopped = undefined
      joined = assemble(served)
      joined.relay.start()
    },
    revive: async () => {
      await store.close()
      store = await open()
      joined = assemble(hotels)
      joined.relay.start()
    },
    backUp: () => backUpSqlite({ from: path, to: `${path}.copy`, clock, onProgress: () => {} }),
    putBack: async () => {
      await stopNow()
      stopped = undefined
      await store.close()
      database.close()
      for (const ending of ['-wal', '-shm', '.spool']) await rm(`${path}${ending}`, { force: true })
      await copyFile(`${path}.copy`, path)
      store = await open()
      database = new DatabaseSync(path, { readOnly: true })
      joined = assemble(hotels)
      joined.relay.start()
    },
    lines,
    calls: watched.calls,
    ...createPassing(clock, watched),
    callsOf: (wanted) => watched.calls.filter(({ operation }) => operation === wanted),
    deliveries,
    failed: () => deliveries().filter(({ state }) => state === 'failed'),
    close: async () => {
      await stopNow()
      await store.close()
      database.close()
      await Promise.all([mews.close(), webhooks.close()])
      await rm(folder, { recursive: true })
    },
  }
}
