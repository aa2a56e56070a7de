import { Keyv } from 'keyv'
import type { Changes } from './admin/changes.ts'
import { createConsole } from './admin/console.ts'
import type { Config } from './config/config.ts'
import type { PlatformReader } from './config/platform.ts'
import { onlyProperty } from './config/properties.ts'
import { createHousekeeping } from './housekeeping.ts'
import { createPublicPages } from './http/public-pages.ts'
import { clocksOf, createGauges, type GaugeOptions } from './observability/gauges.ts'
import { beginAtZero, createMetricsRoute, type Metrics } from './observability/metrics.ts'
import { watchMewsFetch, watchRoute } from './observability/counters.ts'
import { createMewsClock } from './mews/client.ts'
import { createMewsWebhookRoute } from './mews/webhook.ts'
import type { Adapter, AdapterContext, Clock, Log, Route, SetUpStep } from './port.ts'
import { createLastingBindings } from './relay/threads/lost-bindings.ts'
import type { RelayContext } from './relay/context.ts'
import { connectHotel, type HotelConnection } from './relay/property/hotel.ts'
import { createDirectory, createInbox } from './relay/adapter-services/inbox.ts'
import { createLeases } from './relay/lanes/leases.ts'
import { lookBack } from './relay/restore/look-back.ts'
import { createReferences } from './relay/ids.ts'
import { createRelay } from './relay/relay.ts'
import { createRestored } from './relay/restore/restored.ts'
import { logUnconfigured } from './relay/routing/router.ts'
import { createRouter, type Router } from './relay/routing/router.ts'
import { createAlarmOptions } from './relay/waits/alert.ts'
import { readCommand } from './relay/locales.ts'
import { createSay, createWording, type Wording } from './relay/wording.ts'
import { createVault } from './relay/adapter-services/vault.ts'
import type { OpenStore } from './store/open-store.ts'
import type { Store } from './store/types.ts'
import type { ObservedClock } from './util/remote-clock.ts'

/** Everything that the connector takes from outside. */
export interface Environment {
  readonly clock: Clock
  /** 0 ≤ n < 1. */
  readonly random: () => number
  readonly fetch: typeof fetch
  readonly log: Log
  /** The program's own, for people. */
  readonly version?: string
}

/** A platform as the composition root knows it: how its settings are read, and what makes its adapter. */
export interface Platform extends PlatformReader {
  /** Where guests write, by the names that they know. */
  readonly guestsSay: readonly string[]
  /** Loads the adapter's code, at most once. */
  load(): Promise<CreateAdapter>
  /** What the command line can set up at the platform. */
  readonly setUp?: readonly SetUpStep[]
}

/** Resources that stay open as long as the process runs, through every change of configuration. */
export interface SharedResources {
  readonly store: OpenStore
  readonly changes: Changes
  readonly metrics: Metrics
}

/** Everything that is made of one configuration. */
export interface Connector {
  readonly routes: readonly Route[]
  /** Before the first start of the process: notices a database that is older than what Mews has. */
  lookBack(): Promise<void>
  /** Takes up what waits. */
  start(): Promise<void>
  /** Begins nothing new, and settles what is in flight or leaves it recorded; at most a few seconds. */
  stop(): Promise<void>
}

/** Twice this, and the closing of server and store, stay below the 10 s that a stop may take. */
const stopGraceMs = 4_000

/** Joins adapters, relay and console. A connector that replaces this one goes on with the same store. */
export const createConnector = async (
  config: Config,
  platforms: readonly Platform[],
  environment: Environment,
  { store, changes, metrics }: SharedResources,
): Promise<Connector> => {
  const { clock, log, version = '' } = environment
  const fetch = watchMewsFetch(environment.fetch, metrics, clock)
  const mewsClock = createMewsClock(environment)
  const watched = { ...environment, fetch, remote: mewsClock }
  const hotels = config.properties.map((each) => connectProperty(each, config, store, watched))
  const route = createRoute(config, platforms)
  const adapters = await createAdapters(config, platforms, { route, store, metrics }, environment)
  const clocks = clocksOf(mewsClock, adapters)
  const keys = hotels.map(({ key }) => key)
  beginAtZero(metrics, adapters.values(), keys)
  const context = createContext(config, adapters, { route, store }, environment)
  const relay = createRelay(context, hotels)
  const webhook = createMewsWebhookRoute({
    tokens: config.mews.webhookTokens,
    record: relay.announce,
    clock,
    log,
  })
  const outside = [...[...adapters.values()].flatMap(({ routes }) => routes), webhook]
  const housekeeping = createHousekeeping({ ...config.store, admin: store.admin, mewsClock, clock, log })
  const draining = new AbortController()
  let keeping: Promise<void> = Promise.resolve()
  return {
    routes: [
      ...outside.map((each) => watchRoute(each, metrics, clock)),
      ...createConsole({
        ...environment,
        config,
        store,
        changes,
        adapters,
        hotels,
        context,
        metrics,
        version,
        clocks,
      }),
      createMetricsPage(config, metrics, store, { hotels, clocks, clock }),
      ...createPages(config, platforms, context),
    ],
    lookBack: () => lookBack(hotels, { ...context, store }),
    start: async () => {
      relay.start()
      keeping = housekeeping.run({ draining: draining.signal, aborted: draining.signal })
      await logUnconfigured(store.admin.figures, new Set(keys), log)
    },
    stop: async () => {
      draining.abort()
      await Promise.all([relay.stop(stopGraceMs), keeping])
    },
  }
}

/** Loads the adapters' code beforehand, while something else is waited for. */
export const loadAdapters = async (config: Config, platforms: readonly Platform[]): Promise<void> =>
  void (await Promise.all(findOn(config, platforms).map((platform) => platform.load())))

const retryMaxMs = 5 * 60_000

/** Connects one hotel, as the settings name it. */
export const connectProperty = (
  { key, enterpriseId, accessToken, name }: Config['properties'][number],
  { mews, relay }: Config,
  store: Store,
  { remote, clock, random, fetch, log }: Environment & { readonly remote?: ObservedClock },
): HotelConnection =>
  connectHotel({
    key,
    name: name === onlyProperty ? undefined : name,
    enterpriseId,
    requestsPer30s: mews.requestsPer30s,
    backoff: { firstMs: relay.retryMs, maxMs: retryMaxMs, random },
    marks: store.marks,
    client: {
      address: mews.platformAddress,
      clientToken: mews.clientToken,
      accessToken,
      client: mews.client,
      timeoutMs: mews.timeoutMs,
      fetch,
      clock,
      remote: remote ?? createMewsClock({ clock, log }),
      log,
    },
  })

/** Decides for which property a platform's event is. */
export const createRoute = ({ properties }: Config, platforms: readonly Platform[]): Router =>
  createRouter(properties, new Map(platforms.map(({ name, routeKeys }) => [name, routeKeys])))

/** The adapters of the platforms that are on, by name. */
export const createAdapters = async (
  config: Config,
  platforms: readonly Platform[],
  { route, store, metrics }: Resources,
  environment: Environment,
): Promise<ReadonlyMap<string, Adapter>> => {
  const installations = openKeyv('installations', store, environment.log)
  const say = createSay(createWordingOf(config))
  const created = await Promise.all(
    findOn(config, platforms).map(async (platform): Promise<[string, Adapter]> => {
      const { name } = platform
      const inbox = createInbox({
        platform: name,
        laneLog: store.log,
        route,
        ...environment,
      })
      const vault = createVault(installations, name, config.store.encryptionKey)
      const directory = createDirectory(name, store)
      const count = (event: string): void => metrics?.platformEvents.inc({ platform: name, event })
      const context = { inbox, vault, directory, say, readCommand, count, ...environment }
      const create = await platform.load()
      return [name, create(config.platforms[name], context)]
    }),
  )
  return new Map(created)
}

/** Makes what all parts of the relay share. */
export const createContext = (
  config: Config,
  adapters: ReadonlyMap<string, Adapter>,
  { route, store }: Pick<Resources, 'route' | 'store'>,
  { clock, random, fetch, log }: Environment,
): RelayContext => {
  const leaseMs = leaseMsOf(store)
  return {
    store,
    bindings: createLastingBindings(openKeyv('bindings', store, log), {
      store,
      adapters,
      log,
      isSeparate: config.store.keyvUrl !== undefined,
    }),
    leases: createLeases({ laneLog: store.log, leaseMs, shared: store.shared, clock, log }),
    restored: createRestored(store.marks),
    references: createReferences(store.marks),
    adapters,
    wording: createWordingOf(config),
    route,
    propertyNames: namesOf(config),
    times: { ...config.relay, retryMaxMs, leaseMs },
    alarms: createAlarmOptions(config.alarms, { fetch, clock }),
    hours: new Map(
      config.properties.flatMap(({ key, hours, hoursToldOn: toldOn }) =>
        hours === undefined ? [] : [[key, { hours, toldOn }]],
      ),
    ),
    stays: new Map(config.properties.flatMap(({ key, stay }) => (stay === 'off' ? [] : [[key, stay]]))),
    clock,
    random,
    log,
  }
}

/** The hotels' names for people, as far as the settings tell them; Mews tells the others. */
export const namesOf = ({ properties }: Config): Map<string, string> =>
  new Map(properties.flatMap(({ key, name }) => (name === onlyProperty ? [] : [[key, name]])))

/** The bot's words, as the settings have them. */
export const createWordingOf = ({ texts, language, properties }: Config): Wording =>
  createWording({ texts, language, properties })

/** The Keyv that is open for each store and namespace: a backend outside the database has a connection for each. */
const opened = new WeakMap<Store, Map<string, Keyv>>()

/** A failure of the backend rejects the call; it is never taken for an absent record. */
export const openKeyv = (namespace: string, store: Store, log: Log): Keyv => {
  const ofStore = opened.get(store) ?? new Map<string, Keyv>()
  opened.set(store, ofStore)
  const known = ofStore.get(namespace)
  if (known !== undefined) return known
  const keyv = new Keyv({ store: store.keyv(namespace), namespace, throwOnErrors: true })
  keyv.on('error', (error: unknown) => log.debug({ namespace, err: error }, 'the store of records failed'))
  ofStore.set(namespace, keyv)
  return keyv
}

/** Makes an adapter of a platform's configuration. */
type CreateAdapter = (config: unknown, context: AdapterContext & Environment) => Adapter

const findOn = (config: Config, platforms: readonly Platform[]): readonly Platform[] =>
  platforms.filter(({ name }) => config.platforms[name] !== undefined)

/** Shared by adapters and relay. */
interface Resources {
  readonly route: Router
  readonly store: Store
  /** Left out: nothing is counted. */
  readonly metrics?: Pick<Metrics, 'platformEvents'>
}

/** Short where another process could take over; long where none can, so that nothing is renewed needlessly. */
const leaseMsOf = ({ shared }: Store): number => (shared ? 10_000 : 60_000)

const createMetricsPage = (
  { http }: Config,
  { registry }: Metrics,
  { admin, marks }: OpenStore,
  sources: Pick<GaugeOptions, 'hotels' | 'clocks' | 'clock'>,
): Route =>
  createMetricsRoute({
    registry,
    refresh: createGauges({ registry, figures: admin.figures, marks, ...sources }),
    token: http.metricsToken,
  })

const createPages = (config: Config, platforms: readonly Platform[], { wording }: RelayContext) =>
  createPublicPages({
    texts: wording.forStaff(),
    platformNames: findOn(config, platforms).flatMap(({ guestsSay }) => guestsSay),
    retentionMs: config.store.retentionMs,
    looksUpStays: config.properties.some(({ stay }) => stay !== 'off'),
  })
