import type { Clock, Log } from '../port.ts'
import { exampleChannelGuest, exampleGuest } from './pages/parts.ts'
import { createGuests } from './guests/guests.ts'
import { createGuid } from './mews/book.ts'
import { createStayBook, type StayBook } from './mews/stays.ts'
import { emailOf } from './guests/guests.ts'
import { createMewsStandIn } from './mews/stand-in.ts'
import { createRoutes } from './routes.ts'
import { createLoopbackServer } from './server.ts'

/** What the sandbox needs of its surroundings; `random` is as `Math.random`. */
export interface SandboxOptions {
  readonly clock: Clock
  readonly random: () => number
  readonly fetch: typeof fetch
  readonly log: Log
  /** The secret with which the stand-in Mews announces messages. */
  readonly webhookToken: string
  /** 0 takes any free port. */
  readonly port: number
}

/** A running sandbox. */
export interface Sandbox {
  /** Where a person looks: `http://127.0.0.1:<port>`. */
  readonly url: string
  /** What the connector uses as `MEWS_PLATFORM_ADDRESS`. */
  readonly mewsAddress: string
  /** Of the stand-in's one property; new at each start, as the stand-in forgets its threads. */
  readonly credentials: {
    readonly clientToken: string
    readonly accessToken: string
    readonly enterpriseId: string
  }
  /** Guests and the stand-in Mews call the connector at this address from now on: without a trailing slash. */
  connectTo(connectorUrl: string): void
  /** Ends every connection and everything that is in flight. */
  close(): Promise<void>
}

/** How long a guest's form waits for the connector before the page shows that the message is on its way. */
const patienceMs = 1500

/** Starts a hotel and its guests on loopback: a stand-in Mews, a front desk's page and a guests' page that speaks Bot Framework. */
export const createSandbox = async (options: SandboxOptions): Promise<Sandbox> => {
  const { clock, random, fetch, log } = options
  const closing = new AbortController()
  let connectorUrl = ''
  const credentials = {
    clientToken: createGuid(random),
    accessToken: createGuid(random),
    enterpriseId: createGuid(random),
  }
  const mews = createMewsStandIn({
    clock,
    random,
    fetch,
    clientToken: credentials.clientToken,
    properties: [{ ...credentials, name: 'Sandbox Hotel', stays: createExampleStays(clock, random) }],
    webhook: {
      get url() {
        return `${connectorUrl}/mews/webhooks?Token=${encodeURIComponent(options.webhookToken)}`
      },
    },
  })
  const guests = createGuests({
    clock,
    random,
    fetch,
    log,
    connectorUrl: () => connectorUrl,
    serviceUrl: () => server.url,
    signal: closing.signal,
    changed: () => server.announce(),
  })
  const handle = createRoutes({
    guests,
    mews,
    patienceMs,
    sleep: (ms) => clock.sleep(ms, closing.signal),
  })
  const server = await createLoopbackServer({ port: options.port, eventsPath: '/events', handle, log })
  mews.observe(() => server.announce())
  guests.open(exampleChannelGuest, 'channel')
  guests.open(exampleGuest, 'personal')

  return {
    url: server.url,
    mewsAddress: server.url,
    credentials,
    connectTo: (url) => {
      connectorUrl = url
    },
    close: async () => {
      closing.abort()
      await mews.close()
      await server.close()
    },
  }
}

const day = 24 * 3_600_000

/** The examples' guests stay here: one is in the house, the other comes tonight. */
function createExampleStays(clock: Clock, random: () => number): StayBook {
  const stays = createStayBook(random)
  const book = (
    guest: string,
    given: { state: string; number: string; room: string; from: number },
  ): void => {
    const [firstName = '', ...rest] = guest.split(' ')
    const { id } = stays.addCustomer({ firstName, lastName: rest.join(' '), email: emailOf(guest) })
    const { from, ...stay } = given
    const start = clock.now() + from
    stays.addReservation({ customerId: id, ...stay, start, end: start + 3 * day })
  }
  book(exampleChannelGuest, { state: 'Started', number: '51', room: '118', from: -day })
  book(exampleGuest, { state: 'Confirmed', number: '52', room: '204', from: day / 4 })
  return stays
}
