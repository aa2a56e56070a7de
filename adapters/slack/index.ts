import type { Adapter, AdapterContext, Route } from '../../src/port.ts'
import { createLearnClock, createObservedClock, watchClock } from '../../src/util/remote-clock.ts'
import { createCheck } from './check.ts'
import { createAccess } from './access.ts'
import { createBolt, createClientOptions, createLibraryLog } from './bolt.ts'
import { createBots } from './bots.ts'
import { createCall } from './call.ts'
import type { SlackConfig } from './config.ts'
import { createConfirm } from './confirm.ts'
import { createDeletions } from './deletions.ts'
import { createEchoes } from './echoes.ts'
import type { Knowledge } from './event.ts'
import { createIntake, type Intake } from './intake.ts'
import { createHistoryBudget } from './history-budget.ts'
import { createGroups } from './groups.ts'
import { createEndInstallation } from './lifecycle.ts'
import { createListen } from './listen.ts'
import { createFindUser } from './names.ts'
import { createPace } from './pace.ts'
import { createPauses } from './pauses.ts'
import { createPeople } from './people.ts'
import { createFindPredecessors } from './predecessors.ts'
import { createRead } from './read.ts'
import { createAcknowledge } from './receipts.ts'
import { createReceive, type ReceiveOptions } from './receive.ts'
import { createRecords } from './records.ts'
import { createRoutes } from './routes.ts'
import { createFindSeer } from './seer.ts'
import { createStanding } from './standing.ts'
import { createSend, split } from './send.ts'
import { createSocket } from './socket.ts'
import { createThreads } from './threads.ts'
import { createWithdrawals } from './withdraw.ts'

/** What `createSlackAdapter` needs. */
export interface SlackAdapterOptions extends AdapterContext {
  readonly config: SlackConfig
  /** Default: the runtime's own. */
  readonly fetch?: typeof globalThis.fetch
  /** From 0 to below 1. */
  readonly random: () => number
}

/** Where Slack sends to; without a secret nothing that comes there could be trusted. */
const createEventsRoute = (options: ReceiveOptions): readonly Route[] =>
  options.config.signingSecrets.length === 0
    ? []
    : [{ method: 'POST', path: '/slack/events', handle: createReceive(options) }]

type ListenNeeds = Pick<SlackAdapterOptions, 'config' | 'clock' | 'log' | 'random'> & {
  readonly intake: Intake
  readonly fetch: typeof globalThis.fetch
}

/** What fetches events over a connection of our own; undefined without an app token. */
const createOwnListen = (options: ListenNeeds): Adapter['listen'] => {
  const { config, clock, log } = options
  const { appToken, apiUrl } = config
  if (appToken === undefined) return undefined
  const clientOptions = createClientOptions({ ...options, apiUrl })
  const socket = createSocket({ ...options, appToken, clientOptions, logger: createLibraryLog(log, clock) })
  return createListen({ ...options, socket })
}

/** Slack's own clock, and the `fetch` whose answers show it: any of them does (https://docs.slack.dev/reference/methods/api.test). */
const createSlackClock = ({ config, clock, log, fetch: given = globalThis.fetch }: SlackAdapterOptions) => {
  const remote = createObservedClock('Slack', clock, log)
  const fetch = watchClock(given, clock, remote)
  const ask = (signal: AbortSignal) =>
    fetch(`${config.apiUrl}api.test`, { method: 'POST', redirect: 'error', signal })
  return { slackClock: { ...remote, learn: createLearnClock(remote, clock, ask) }, fetch }
}

/** Slack: guests write the app directly, or mention it in a channel and go on in the thread. */
export const createSlackAdapter = (options: SlackAdapterOptions): Adapter => {
  const { config, clock, log, count, inbox, random, say, directory, vault } = options
  const { apiUrl, openChannels = [], receipts = true, historyEveryMs: everyMs } = config
  const { slackClock, fetch } = createSlackClock(options)
  const records = createRecords(vault)
  const bots = createBots(records, clock)
  const access = createAccess({ config, records, bots, clock, log, fetch, random })
  const routes = createRoutes(records, config.oauth !== undefined, clock)
  const app = createBolt({
    apiUrl,
    findSeer: createFindSeer({ ...access, routes }),
    fetch,
    random,
    clock,
    log,
  })
  const call = createCall(app, access.findInstallation, createPauses(clock))
  const knowledge: Knowledge = { isBot: bots.has, isOpen: (channel) => openChannels.includes(channel) }
  const groups = createGroups(records, clock)
  const echoes = createEchoes()
  const pace = createPace(clock)
  const threads = createThreads(records)
  const withdrawals = createWithdrawals({ call, threads, echoes, records, say })
  const deletions = createDeletions({ records, routes, directory, clock })
  const intake = createIntake({ bots, knowledge, routes, groups, deletions, echoes, inbox, directory, log })
  const budget = createHistoryBudget(clock, everyMs)
  const lookUps = { call, budget, everyMs, intake, inbox, directory, clock, log }
  const listen = createOwnListen({ config, intake, clock, log, random, fetch })
  return {
    name: 'slack',
    label: 'Slack',
    clock: slackClock,
    routes: [...createEventsRoute({ config, intake, clock: slackClock, log, count }), ...access.routes],
    counts: ['withheld'],
    read: createRead(app, {
      apiUrl,
      bots,
      knowledge,
      routes,
      groups,
      threads,
      directory,
      say,
      clock,
      log,
      findUser: createFindUser(clock),
      deletions,
      people: createPeople(records),
      findPredecessors: createFindPredecessors(lookUps),
      endInstallation: createEndInstallation(records, log),
    }),
    split: (text) => split(text),
    send: createSend({ apiUrl, call, pace, routes, echoes, withdrawals, clock: slackClock, fetch }),
    installations: createStanding({ config, ...access, now: () => clock.now() }),
    check: createCheck({ config, installations: access.installations, fetch, clock: slackClock }),
    confirm: createConfirm({ config, call, budget, routes, echoes, threads, withdrawals, slackClock }),
    ...(listen === undefined ? {} : { listen }),
    ...(receipts ? { acknowledge: createAcknowledge({ call, log }) } : {}),
  }
}
