import { createChance } from '../../e2e/crash/random.ts'
import type { SystemFixture } from '../../e2e/support/system-fixture.ts'
import { webhookToken } from '../../e2e/support/system-fixture.ts'
import { createFakeBotFramework } from '../../fakes/botframework/botframework.ts'
import { createFakeChannex, fakeAccount } from '../../fakes/channex/channex.ts'
import { createFakeMews } from '../../fakes/mews/mews.ts'
import type { FakeAnswer, FakeRequest } from '../../fakes/server.ts'
import { createFakeSlack, fakeWorkspace } from '../../fakes/slack/slack.ts'
import type { FakeSockets } from '../../fakes/slack/sockets.ts'
import type { Settings } from '../../../src/port.ts'
import { createNetwork, type Network, type Trouble } from '../machine/network.ts'
import { type Plan, platformOf, type Weather } from './plan.ts'
import type { Scheduler } from '../machine/scheduler.ts'

/** The platforms, Mews, and the network between them and the connector. */
export interface World {
  readonly system: SystemFixture
  readonly network: Network
  readonly settings: Settings
  /** Where the connector is reached. */
  readonly address: string
  /** What the platforms do is done through this. */
  readonly fetch: typeof globalThis.fetch
  /** Something begins to go wrong; it ends by itself. */
  begin(weather: Weather): void
  /** From now on nothing goes wrong, and the platforms tell everything. */
  calm(): void
  /** How often Teams took a message without the connector learning of it. */
  readonly unlearned: () => number
  /** How often Mews refused a request because there were too many, in good weather. */
  readonly overBudget: () => number
}

const address = 'http://127.0.0.1:3978'

/** Builds the world of a plan. `now`: true time. */
export const createWorld = async (
  { seed, habits, guests }: Plan,
  scheduler: Scheduler,
  now: () => number,
): Promise<World> => {
  const chance = createChance(seed + 4_000_037)
  const skies: { readonly weather: Weather; readonly until: number }[] = []
  const names = new Map<string, Weather['where']>([[address, 'connector']])
  let unlearned = 0

  const trouble = (to: string, request: FakeRequest): Trouble | undefined => {
    const where = names.get(to)
    const sky = skies.find(({ weather, until }) => weather.where === where && until > scheduler.now())
    if (sky === undefined || !chance.happens(sky.weather.share)) return undefined
    const { kind } = sky.weather
    // A platform that gets any 2xx takes the connector to have answered.
    const isLie = where === 'connector' && (kind === 'page' || kind === 'half')
    return toTrouble(isLie ? 'lost answer' : kind, request, chance.next())
  }
  const network = createNetwork({
    scheduler,
    chance: createChance(seed + 5_000_011),
    trouble,
    unlearned: (to, { method, path }) => {
      if (names.get(to) === 'teams' && method === 'POST' && path.includes('/activities')) unlearned += 1
    },
  })
  let overBudget = 0
  const { serve } = network
  const serveMews: Network['serve'] = (handle, time) =>
    network.serve(async (request) => {
      const answer = await handle(request)
      if (answer.status === 429) overBudget += 1
      return answer
    }, time)
  const clock = { now, monotonic: scheduler.now, sleep: scheduler.sleep }
  const mews = await createFakeMews({ clock, random: () => chance.next(), serve: serveMews })
  const slack = await createFakeSlack(now, { serve, openSockets: async () => noSockets })
  const teams = await createFakeBotFramework({ anonymous: true, serve })
  const channex = await createFakeChannex(now, serve)
  names.set(mews.url, 'mews').set(new URL(slack.url).origin, 'slack')
  names.set(teams.server.url, 'teams').set(new URL(channex.url).origin, 'channex')

  // A start that did not know what was asked for before would ask for more.
  mews.switches.limit.requests = habits.requests
  Object.assign(mews.switches, {
    doubled: habits.doubled,
    reversed: habits.reversed,
    webhooks: habits.webhooks,
  })
  Object.assign(channex.switches, {
    doubled: habits.doubled,
    reversed: habits.reversed,
    echo: habits.echo,
    webhooks: habits.webhooks,
    pausesMs: [1_000, 4_000],
  })
  mews.announceTo(`${address}/mews/webhooks?Token=${webhookToken}`)
  channex.announceTo(`${address}/channex/webhooks`)
  slack.connect(`${address}/slack/events`, {
    lagMs: () => chance.next() * habits.lagMs,
    pausesMs: [0, 2_000, 10_000],
    again: () => chance.happens(habits.again),
  })
  const [property] = mews.properties
  const connector = { url: address } as SystemFixture['connector']
  return {
    network,
    address,
    system: { mews, slack, teams, channex, connector, close: async () => {} },
    fetch: network.fetch({ name: 'world', isAlive: () => true, act: () => {} }),
    settings: {
      MEWS_PLATFORM_ADDRESS: mews.url,
      MEWS_CLIENT_TOKEN: mews.clientToken,
      MEWS_ACCESS_TOKEN: property?.accessToken ?? '',
      MEWS_WEBHOOK_TOKEN: webhookToken,
      MEWS_REQUESTS_PER_30S: String(habits.requests),
      ...platformSettings(guests, { slack, teams, channex }),
    },
    begin: (weather) => void skies.push({ weather, until: scheduler.now() + weather.forMs }),
    calm: () => {
      skies.length = 0
      mews.switches.webhooks = 'sent'
      channex.switches.webhooks = 'sent'
      mews.switches.limit.requests = 200
    },
    unlearned: () => unlearned,
    overBudget: () => overBudget,
  }
}

/** Only platforms on which somebody writes are on: the others would do nothing but poll. */
function platformSettings(
  guests: readonly number[],
  { slack, teams, channex }: Pick<SystemFixture, 'slack' | 'teams' | 'channex'>,
): Settings {
  const used = new Set(guests.map((kind) => platformOf[kind]))
  return {
    ...(used.has('slack') && {
      SLACK_SIGNING_SECRET: fakeWorkspace.signingSecret,
      SLACK_BOT_TOKEN: fakeWorkspace.botToken,
      SLACK_API_URL: slack.url,
      SLACK_HISTORY_SECONDS: '1',
    }),
    ...(used.has('channex') && {
      CHANNEX_API_KEY: fakeAccount.apiKey,
      CHANNEX_WEBHOOK_SECRET: fakeAccount.secret,
      CHANNEX_BASE_URL: channex.url,
      CHANNEX_PROPERTY_ID: fakeAccount.propertyId,
    }),
    ...(used.has('teams') && teams.settings),
  }
}

/** Nobody uses Socket Mode here. */
const noSockets = { close: async () => {} } as unknown as FakeSockets

const page = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Welcome</html>' }
const failure: FakeAnswer = {
  status: 503,
  headers: { 'content-type': 'text/html' },
  body: '<html>503</html>',
}

function toTrouble(kind: Weather['kind'], { path }: FakeRequest, drawn: number): Trouble {
  switch (kind) {
    case 'refused':
      return { kind: 'refused' }
    case 'limited':
      return { kind: 'answer', answer: limited(path, drawn), applied: false }
    case 'failing':
      return { kind: 'answer', answer: failure, applied: false }
    case 'applied':
      return { kind: 'answer', answer: failure, applied: true }
    case 'reset':
      return { kind: 'reset', applied: false }
    case 'lost answer':
      return { kind: 'reset', applied: true }
    case 'half':
      return { kind: 'half', applied: true }
    case 'page':
      return { kind: 'answer', answer: page, applied: drawn < 0.5 }
    case 'hang':
      return { kind: 'hang', applied: drawn < 0.5 }
    case 'slow':
      return { kind: 'slow', ms: drawn * 36_000 }
    default:
      return kind satisfies never
  }
}

/** With the time to wait, or without. */
const limited = (path: string, drawn: number): FakeAnswer => ({
  status: 429,
  headers: drawn < 0.6 ? { 'retry-after': String(1 + Math.floor(drawn * 10)) } : {},
  body: path.startsWith('/api/') ? { ok: false, error: 'ratelimited' } : { Message: 'Too many.' },
})
