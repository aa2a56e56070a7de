import { Keyv } from 'keyv'
import { createMewsWebhookRoute } from '../../../src/mews/webhook.ts'
import type { Adapter, AdapterContext, Clock, Log } from '../../../src/port.ts'
import { createLastingBindings } from '../../../src/relay/threads/lost-bindings.ts'
import type { RelayContext, RelayTimes } from '../../../src/relay/context.ts'
import { connectHotel, type HotelConnection } from '../../../src/relay/property/hotel.ts'
import { createDirectory, createInbox } from '../../../src/relay/adapter-services/inbox.ts'
import { createLeases } from '../../../src/relay/lanes/leases.ts'
import { createReferences } from '../../../src/relay/ids.ts'
import type { Relay } from '../../../src/relay/relay.ts'
import { createRestored } from '../../../src/relay/restore/restored.ts'
import { createRouter, type Match } from '../../../src/relay/routing/router.ts'
import { readCommand } from '../../../src/relay/locales.ts'
import { createSay, createWording, type Wording } from '../../../src/relay/wording.ts'
import { createVault } from '../../../src/relay/adapter-services/vault.ts'
import type { Store } from '../../../src/store/types.ts'
import type { FakeMews } from '../../fakes/mews/mews.ts'
import { createFakeServer, type FakeServer } from '../../fakes/server.ts'

/** A platform of a test, and how its adapter is made. */
export interface FixturePlatform {
  readonly name: string
  readonly create: (context: AdapterContext) => Adapter
}

/** What the parts of the relay are made with here. */
interface Environment {
  readonly store: Store
  readonly mews: Pick<FakeMews, 'url' | 'clientToken'>
  readonly fetch: typeof fetch
  readonly times: RelayTimes
  /** Requests in 30 s. */
  readonly requests: number
  /** Default: none. */
  readonly alarms?: RelayContext['alarms']
  readonly hours?: RelayContext['hours'] | undefined
  readonly stays?: RelayContext['stays'] | undefined
  readonly wording?: Wording | undefined
  readonly clock: Clock
  readonly log: Log
}

const random = (): number => 0.5

/** A property of a test: its name is its key. */
export interface FixtureHotel {
  readonly name: string
  /** Default: the fake's. */
  readonly accessToken?: string
  /** Of the platforms in tests; default none. */
  readonly routes?: readonly { readonly platform: string; readonly match: Match }[]
}

/** One of the fake's properties. */
export const connectFixtureHotel = (
  { name: key, accessToken }: FixtureHotel,
  property: FakeMews['properties'][number] | undefined,
  { store, mews, fetch, times, requests, clock, log }: Environment,
): HotelConnection =>
  connectHotel({
    key,
    name: key,
    enterpriseId: property?.enterpriseId,
    requestsPer30s: requests,
    backoff: { firstMs: times.retryMs, maxMs: times.retryMaxMs, random },
    marks: store.marks,
    client: {
      address: mews.url,
      clientToken: mews.clientToken,
      accessToken: accessToken ?? property?.accessToken ?? '',
      client: 'MewsChatConnector 0.0.0',
      fetch,
      clock,
      log,
    },
  })

/** What the relay is made with, adapters included. */
export const createContext = (
  platforms: readonly FixturePlatform[],
  hotels: readonly FixtureHotel[],
  { store, times, alarms, hours, stays, wording = createWording(), clock, log }: Environment,
): RelayContext => {
  const keyv = new Keyv({ store: store.keyv('bindings'), throwOnErrors: true })
  const route = createRouter(
    hotels.map(({ name, routes = [] }) => ({ key: name, routes })),
    new Map([['lobby', ['building', 'room']]]),
  )
  const adapters = platforms.map(({ name, create }) =>
    create({
      inbox: createInbox({ platform: name, laneLog: store.log, route, clock, log }),
      vault: createVault(keyv, name, undefined),
      directory: createDirectory(name, store),
      say: createSay(wording),
      readCommand,
      count: () => undefined,
      clock,
      log,
    }),
  )
  const adaptersByName = new Map(adapters.map((adapter) => [adapter.name, adapter]))
  return {
    store,
    bindings: createLastingBindings(keyv, { store, adapters: adaptersByName, log, isSeparate: true }),
    leases: createLeases({ laneLog: store.log, leaseMs: times.leaseMs, shared: store.shared, clock, log }),
    restored: createRestored(store.marks),
    references: createReferences(store.marks),
    adapters: adaptersByName,
    route,
    propertyNames: new Map(hotels.map(({ name }) => [name, name])),
    wording,
    times,
    alarms,
    ...(hours && { hours }),
    ...(stays && { stays }),
    clock,
    random,
    log,
  }
}

/** Lets the fake's webhooks come to the relay. */
export const receiveWebhooks = async (
  relay: Pick<Relay, 'announce'>,
  { mews, clock, log }: { readonly mews: FakeMews; readonly clock: Clock; readonly log: Log },
): Promise<FakeServer> => {
  const record: Relay['announce'] = (announcements) => relay.announce(announcements)
  const route = createMewsWebhookRoute({ tokens: ['secret'], record, clock, log })
  const server = await createFakeServer(({ method, path, query, headers, body }) =>
    route.handle({ method, path, query: query.toString(), headers, body: Buffer.from(body) }),
  )
  mews.announceTo(`${server.url}/mews/webhooks?Token=secret`)
  return server
}
