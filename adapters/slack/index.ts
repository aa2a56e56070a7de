import type { Adapter, AdapterContext, Route } from '../../src/port.ts'
import { createLearnClock, createObservedClock, watchClock } from '../../src/util/remote-clock.ts'
import { createCheck } from './check.ts'
import { createAccess } from './install/access.ts'
import { createBolt, createClientOptions, createLibraryLog } from './api/bolt.ts'
import { createBots, createFindUser, createPeople } from './workspace/people.ts'
import { createCall, createRateLimitPauses } from './api/call.ts'
import { createHistoryBudget } from './api/history.ts'
import type { SlackConfig } from './config.ts'
import { createConfirm } from './send/confirm.ts'
import { createDeletions } from './read/deletions.ts'
import { createEchoes } from './send/echoes.ts'
import type { KnownIds } from './receive/event.ts'
import { createIntake, type Intake } from './receive/intake.ts'
import { createFindEarlierMessages, type EarlierMessagesOptions } from './read/earlier-messages.ts'
import { createMovedGroups, type MovedGroupsOptions } from './read/moved-groups.ts'
import { createGroups, createMissingChannels, createRoutes } from './workspace/channels.ts'
import { createEndInstallation, createInstallationStatus } from './install/status.ts'
import { createListen, createSocket } from './receive/socket.ts'
import { createChannelPace, createSend, split } from './send/send.ts'
import { createRead } from './read/read.ts'
import { createAcknowledge } from './send/reactions.ts'
import { createReceive, type ReceiveOptions } from './receive/http.ts'
import { createRecords } from './install/stored.ts'
import { createFindReadingInstallation } from './api/installation.ts'
import { createThreads } from './workspace/threads.ts'
import { createWithdrawals } from './send/withdraw.ts'

/** What `createSlackAdapter` needs. */
export interface SlackAdapterOptions extends AdapterContext {
  readonly config: SlackConfig
  /** Default: the runtime's own. */
  readonly fetch?: typeof globalThis.fetch
  /** From 0 to below 1. */
  readonly random: () => number
}

/** Slack: guests write the app directly, or mention it in a channel and go on in the thread. */
export const createSlackAdapter = (options: SlackAdapterOptions): Adapter => {
  const { config, clock, log, count, inbox, random, say, directory, vault } = options
  const { apiUrl, openChannels = [], receipts = true, historyEveryMs: everyMs, oauth } = config
  const { slackClock, fetch } = createSlackClock(options)
  const records = createRecords(vault)
  const bots = createBots(records, clock)
  const access = createAccess({ config, records, bots, clock, log, fetch, random })
  const routes = createRoutes(records, config.oauth !== undefined, clock)
  const findReadingInstallation = createFindReadingInstallation({ ...access, routes })
  const app = createBolt({ apiUrl, findReadingInstallation, fetch, random, clock, log })
  const call = createCall(app, access.findInstallation, createRateLimitPauses(clock))
  const knownIds: KnownIds = { isBot: bots.has, isOpen: (channel) => openChannels.includes(channel) }
  const groups = createGroups(records, clock)
  const echoes = createEchoes()
  const threads = createThreads(records)
  const withdrawals = createWithdrawals({ call, threads, echoes, records, say })
  const deletions = createDeletions({ records, routes, directory, clock })
  const intake = createIntake({ bots, knownIds, routes, groups, deletions, echoes, inbox, directory, log })
  const budget = createHistoryBudget(clock, { everyMs, isDistributed: oauth !== undefined })
  const lookUps = { call, budget, intake, inbox, directory, clock, log }
  const missingChannels = createMissingChannels(groups, routes, clock)
  const posting = { call, budget, routes, missingChannels, echoes, withdrawals, slackClock }
  return {
    name: 'slack',
    label: 'Slack',
    clock: slackClock,
    routes: [...createEventsRoute({ config, intake, clock: slackClock, log, count }), ...access.routes],
    counts: ['withheld'],
    ...createRead(app, {
      apiUrl,
      bots,
      knownIds,
      routes,
      groups,
      threads,
      directory,
      say,
      readCommand: options.readCommand,
      clock,
      log,
      deletions,
      findUser: createFindUser(clock),
      people: createPeople(records),
      ...createHistoryReaders({ ...lookUps, knownIds, routes }),
      endInstallation: createEndInstallation(records, log),
    }),
    split: (text) => split(text),
    ...createSend({ ...posting, apiUrl, pace: createChannelPace(clock), clock, fetch }),
    installations: createInstallationStatus({ config, ...access, now: () => clock.now() }),
    check: createCheck({ config, installations: access.installations, fetch, clock: slackClock }),
    confirm: createConfirm({ ...posting, config, threads }),
    ...createOwnListen({ config, intake, clock, log, random, fetch }),
    ...(receipts ? { acknowledge: createAcknowledge({ call, clock, slackClock, log }) } : {}),
  }
}

/** What reads the history of conversations for messages that are missing. */
const createHistoryReaders = (options: EarlierMessagesOptions & MovedGroupsOptions) => ({
  findPredecessors: createFindEarlierMessages(options),
  movedGroups: createMovedGroups(options),
})

/** Slack's own clock, and the `fetch` whose answers show it: any of them does (https://docs.slack.dev/reference/methods/api.test). */
const createSlackClock = ({ config, clock, log, fetch: given = globalThis.fetch }: SlackAdapterOptions) => {
  const remote = createObservedClock('Slack', clock, log)
  const fetch = watchClock(given, clock, remote)
  const ask = async (signal: AbortSignal): Promise<void> => {
    const response = await fetch(`${config.apiUrl}api.test`, { method: 'POST', redirect: 'error', signal })
    await response.arrayBuffer()
    remote.tellUnknown(`http_${response.status}`)
  }
  return { slackClock: { ...remote, learn: createLearnClock(remote, clock, ask) }, fetch }
}

/** Fetches events over a connection that we open; nothing without an app token. */
const createOwnListen = (options: ListenNeeds): Pick<Adapter, 'listen'> => {
  const { config, clock, log } = options
  const { appToken, apiUrl } = config
  if (appToken === undefined) return {}
  const clientOptions = createClientOptions({ ...options, apiUrl })
  const socket = createSocket({ ...options, appToken, clientOptions, logger: createLibraryLog(log, clock) })
  return { listen: createListen({ ...options, socket }) }
}

type ListenNeeds = Pick<SlackAdapterOptions, 'config' | 'clock' | 'log' | 'random'> & {
  readonly intake: Intake
  readonly fetch: typeof globalThis.fetch
}

/** The routes that Slack calls; none without a secret, because no request could be verified. */
const createEventsRoute = (options: ReceiveOptions): readonly Route[] =>
  options.config.signingSecrets.length === 0
    ? []
    : [{ method: 'POST', path: '/slack/events', handle: createReceive(options) }]
