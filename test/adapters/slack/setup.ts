import { createFetch } from '../../../src/fetch.ts'
import { createAdapterContext } from '../../fakes/adapter-context.ts'
import { readFileSync } from 'node:fs'
import type { SlackConfig } from '../../../adapters/slack/config.ts'
import { createSlackAdapter } from '../../../adapters/slack/index.ts'
import type {
  Adapter,
  AdapterContext,
  Directory,
  Log,
  Part,
  Reading,
  Vault,
  WebhookRequest,
  WebhookResponse,
} from '../../../src/port.ts'
import { createRecordingInbox, type RecordingInbox } from '../../contracts/adapter/harness.ts'
import { type ManualClock, createManualClock, neverAborted } from '../../fakes/clock.ts'
import { createFakeSlack, fakeWorkspace, type FakeSlack } from '../../fakes/slack/slack.ts'

/** 2 November 2026, a little after the fixtures' events. */
export const startOfTest = 1_793_640_300_000

/** What workspaces install the app with. */
export const oauth = {
  clientId: '1.2',
  clientSecret: 'client-secret',
  stateSecret: '0123456789abcdef0123456789abcdef',
  redirectUri: 'https://chat.hotel.example/slack/oauth_redirect',
  allowedTeams: [],
}

/** Lets time pass, a second at a time, as long as the work sleeps. */
export const patiently = async <Result>(clock: ManualClock, work: Promise<Result>): Promise<Result> => {
  const passing = setInterval(() => clock.sleepers() > 0 && clock.step(1000))
  return work.finally(() => clearInterval(passing))
}

export interface Setup {
  readonly slack: FakeSlack
  readonly clock: ManualClock
  readonly inbox: RecordingInbox
  readonly adapter: Adapter
  readonly vault: Vault
  /** What the adapter is told of its own conversations. */
  readonly directory: Directory
  /** Its conversations that have a Mews thread. */
  readonly bridged: Set<string>
  /** What was counted for the metrics. */
  readonly counted: readonly string[]
  /** Everything that was logged, as JSON. */
  readonly logged: readonly string[]
  /** The adapter's route, for `slack.deliver`. */
  readonly route: (request: WebhookRequest) => Promise<WebhookResponse>
  /** Delivers what waits, and reads what was recorded since. */
  readonly readAll: () => Promise<readonly Reading[]>
  /** The same, where one thing waits. */
  readonly readOne: () => Promise<Reading>
}

const remoteFetch = createFetch()

/** Requests end after 1.5 s instead of 10 s, as if the client's own time limit were so short. */
const impatientFetch: typeof fetch = (url, init) =>
  remoteFetch(url, {
    ...init,
    signal: AbortSignal.any([AbortSignal.timeout(1_500), ...(init?.signal ? [init.signal] : [])]),
  })

/** An adapter over a fresh fake workspace with Ines in it; `surroundings` replace parts of its context. */
export const createSetup = async (
  config: Partial<SlackConfig> = {},
  surroundings: Partial<AdapterContext> = {},
): Promise<Setup> => {
  const clock = createManualClock({ now: startOfTest })
  const inbox = createRecordingInbox()
  const slack = await createFakeSlack(clock.monotonic)
  slack.addUser('U0INES', 'Ines Alba')
  const logged: string[] = []
  const write = (fields: unknown, message: string): void =>
    void logged.push(JSON.stringify([fields, message]))
  const log: Log = { debug: write, info: write, warn: write, error: write }
  const { signingSecret, botToken } = fakeWorkspace
  const conversationOf: Directory['conversationOf'] = async (keys) =>
    inbox.recorded.find((arrival) => arrival.keys.some((key) => keys.includes(key)))?.conversation
  const statesOf: Directory['statesOf'] = async (ids) =>
    ids
      .filter((id) => inbox.recorded.some(({ conversation }) => conversation === id))
      .map((conversation) => ({ conversation, waiting: 0, lastAt: 0 }))
  const own = createAdapterContext()
  const bridged = new Set<string>()
  const isBridged: Directory['isBridged'] = async (id) => bridged.has(id)
  const directory = { ...own.directory, isBridged, conversationOf, statesOf }
  const context = { ...own, directory, ...surroundings }
  const adapter = createSlackAdapter({
    ...context,
    config: {
      signingSecrets: [signingSecret],
      ...(config.oauth === undefined ? { botToken } : {}),
      apiUrl: slack.url,
      echoMs: 15_000,
      historyEveryMs: 60_000,
      ...config,
    },
    clock,
    inbox,
    log,
    random: () => 0.5,
    fetch: impatientFetch,
  })
  const route: Setup['route'] = (request) => {
    const found = adapter.routes.find(({ path }) => path === request.path)
    if (found === undefined) throw new Error(`the adapter has no route ${request.path}`)
    return found.handle(request)
  }
  let read = 0
  const readAll: Setup['readAll'] = async () => {
    await slack.deliver(route)
    const readings: Reading[] = []
    for (const { payload } of inbox.recorded.slice(read)) {
      read += 1
      readings.push(await adapter.read(payload, neverAborted))
    }
    return readings
  }
  const readOne: Setup['readOne'] = async () => (await readAll())[0] ?? { turns: [] }
  const { vault, counted } = context
  const parts = { slack, clock, inbox, adapter, vault, directory, bridged }
  return { ...parts, counted, logged, route, readAll, readOne }
}

/** One of the events in test/fixtures/slack. */
export const readFixture = (name: string): Readonly<Record<string, unknown>> =>
  JSON.parse(readFileSync(new URL(`../../fixtures/slack/${name}.json`, import.meta.url), 'utf8')) as Readonly<
    Record<string, unknown>
  >

/** A part for Ines's direct message, or for a thread of the lobby. */
export const toPart = (text: string, threadTs?: string): Part => ({
  deliveryId: '01jck4x-1',
  address:
    threadTs === undefined
      ? { v: 1, team: fakeWorkspace.team, channel: 'D0INES' }
      : { v: 1, team: fakeWorkspace.team, channel: 'C0LOBBY', threadTs },
  text,
})
