import { createChanges } from './admin/changes.ts'
import type { Config } from './config/config.ts'
import {
  type Connector,
  createConnector,
  type SharedResources,
  loadAdapters,
  type Platform,
  type Environment,
} from './connector.ts'
import { createHttpServer } from './http/server.ts'
import { createMetrics } from './observability/metrics.ts'
import { countRecords } from './observability/counters.ts'
import { observeLaneLog, tellRecords } from './observability/observe-lanes.ts'
import type { Log } from './port.ts'
import { createSharedClock, type SharedClock } from './clock.ts'
import { tightenFiles } from './store/sqlite/private-files.ts'
import { openStore } from './store/open.ts'
import { isSqliteUrl, readSqlitePath } from './store/url.ts'

/** The running program: store and HTTP server, and the connector between them, which can be replaced. */
export interface Runtime {
  /** Takes up what waits and listens; resolves with the address. */
  start(): Promise<{ readonly address: string }>
  /**
   * Goes on with another configuration: events are recorded by the new one at once, what is in flight is settled by the old one, and
   * then the new one takes up what waits. Address and database stay what they were. Rejects, and changes nothing, when it cannot be
   * made; one at a time.
   */
  reload(config: Config): Promise<void>
  /** Takes nothing new, settles what is in flight or leaves it recorded, and closes the store; at most a few seconds. */
  stop(): Promise<void>
}

/** How a runtime reaches disk and network; the simulator puts others in their place. */
export interface RuntimeParts {
  readonly openStore: typeof openStore
  readonly createHttpServer: typeof createHttpServer
}

const realParts: RuntimeParts = { openStore, createHttpServer }

/** Opens the store and prepares everything. Rejects with a `StoreError`. */
export const createRuntime = async (
  config: Config,
  platforms: readonly Platform[],
  given: Environment,
  parts: RuntimeParts = realParts,
): Promise<Runtime> => {
  const { log } = given
  const { host, port } = config.http
  const shared = createSharedClock(given.clock, log)
  const { clock } = shared
  const environment = { ...given, clock }
  const [resources] = await Promise.all([
    openResources(config, environment, shared.follow, parts.openStore),
    loadAdapters(config, platforms),
  ])
  const { store } = resources
  const create = (next: Config) => createConnector(next, platforms, environment, resources)
  let current = await create(config)
  let replacing: Promise<void> = Promise.resolve()
  let stopping = false

  /** The new connector takes up, as after a restart, what the old one could not settle. */
  const replace = async (old: Connector): Promise<void> => {
    await old.stop().catch((error: unknown) => log.error({ err: error }, 'connector not stopped cleanly'))
    if (stopping) return
    await current
      .start()
      .catch((error: unknown) => log.error({ err: error }, 'connector not started completely'))
  }

  const server = parts.createHttpServer({
    routes: current.routes,
    limits: { drainMs: config.http.stopDelayMs },
    health: { ready: () => store.check().then(() => true) },
    clock,
    log,
  })

  return {
    start: async () => {
      const listening = await server.listen(port, host)
      await current.lookBack()
      await current.start()
      server.setReady(true)
      return listening
    },
    reload: async (next) => {
      const made = await create(next)
      if (stopping) return
      const old = current
      current = made
      server.setRoutes(current.routes)
      replacing = replace(old)
      await replacing
    },
    stop: async () => {
      stopping = true
      await Promise.all([server.close(), replacing.then(() => current.stop())])
      shared.stop()
      await store.close()
    },
  }
}

const openResources = async (
  { store: { databaseUrl, keyvUrl } }: Config,
  { clock, log }: Environment,
  follow: SharedClock['follow'],
  open: typeof openStore,
): Promise<SharedResources> => {
  const metrics = createMetrics()
  const store = await open({ url: databaseUrl, keyvUrl, clock, follow, exclusive: true, apart: true })
  // Now it is known that these are a database's files, and ours.
  tellTightened(databaseUrl, log)
  const changes = createChanges({ figures: store.admin.figures, clock })
  return {
    metrics,
    changes,
    store: {
      ...store,
      log: observeLaneLog(store.log, [countRecords(metrics), tellRecords(log), changes.observer]),
    },
  }
}

/** Files of an earlier version were readable by every user of the machine. */
const tellTightened = (databaseUrl: string, log: Log): void => {
  const files = isSqliteUrl(databaseUrl) ? tightenFiles(readSqlitePath(databaseUrl)) : []
  if (files.length > 0) log.warn({ files }, 'database files made private: other users could read them')
}
