import type { Config } from '../config/config.ts'
import { type Metrics, webhookTimeOf } from '../observability/metrics.ts'
import type { Adapter, Clock, Log, Route } from '../port.ts'
import type { RelayContext } from '../relay/context.ts'
import { type HotelConnection, readPropertyState } from '../relay/property/hotel.ts'
import type { OpenStore } from '../store/open-store.ts'
import type { Changes } from './changes.ts'
import { createAdminRoutes } from './routes.ts'
import type { StatusOptions } from './pages/status.ts'

export interface ConsoleOptions {
  readonly config: Config
  readonly store: OpenStore
  readonly changes: Changes
  readonly adapters: ReadonlyMap<string, Adapter>
  readonly hotels: readonly HotelConnection[]
  readonly context: RelayContext
  readonly metrics: Metrics
  readonly version: string
  readonly clock: Clock
  readonly clocks: NonNullable<StatusOptions['clocks']>
  readonly log: Log
}

/** The console's routes; none without `ADMIN_TOKEN`. */
export const createConsole = (options: ConsoleOptions): readonly Route[] => {
  const { config, store, changes, adapters, hotels, context, metrics, version, clock, log } = options
  const { adminToken, publicUrl } = config.http
  if (adminToken === undefined) return []
  const platforms = new Map(Array.from(adapters, ([name, { label }]) => [name, label]))
  const names = { platforms, properties: context.propertyNames }
  const { admin, marks } = store
  return createAdminRoutes({
    adminToken,
    secure: publicUrl?.startsWith('https:') === true,
    admin,
    changes,
    names,
    repair: {
      repairs: admin.repairs,
      conversations: admin.conversations,
      bindings: context.bindings,
      wording: context.wording,
      log: store.log,
      adapters,
      propertyNames: context.propertyNames,
      clock,
    },
    status: {
      version,
      startedAt: clock.now(),
      database: config.store.dialect,
      properties: hotels.map((link) => ({
        key: link.key,
        get name() {
          return link.name
        },
        state: () => readPropertyState(link, marks),
      })),
      names,
      platforms: [...adapters.values()],
      webhookAt: () => webhookTimeOf(metrics),
      figures: admin.figures,
      marks,
      threads: store.threads,
      clock,
      clocks: options.clocks,
    },
    clock,
    log,
  })
}
