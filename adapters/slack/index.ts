import type { Adapter, AdapterContext } from '../../src/port.ts'
import { createCheck } from './check.ts'
import { createAccess } from './access.ts'
import { createBolt } from './bolt.ts'
import { createBots } from './bots.ts'
import { createCall } from './call.ts'
import type { SlackConfig } from './config.ts'
import { createConfirm } from './confirm.ts'
import { createEchoes } from './echoes.ts'
import type { Knowledge } from './event.ts'
import { createIntake } from './intake.ts'
import { createEndInstallation } from './lifecycle.ts'
import { createFindName } from './names.ts'
import { createPace } from './pace.ts'
import { createPauses } from './pauses.ts'
import { createPeople } from './people.ts'
import { createRead } from './read.ts'
import { createAcknowledge } from './receipts.ts'
import { createReceive } from './receive.ts'
import { createRecords } from './records.ts'
import { createRoutes } from './routes.ts'
import { createSend, split } from './send.ts'

export { readSlackConfig, type SlackConfig } from './config.ts'

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
  const { config, clock, log, inbox, random, say, directory, vault, fetch = globalThis.fetch } = options
  const { apiUrl, openChannels = [], receipts = true } = config
  const records = createRecords(vault)
  const bots = createBots(records, clock)
  const access = createAccess({ config, records, bots, clock, log, fetch, random })
  const app = createBolt({ apiUrl, findInstallation: access.findInstallation, fetch, random, log })
  const call = createCall(app, access.findInstallation, createPauses(clock))
  const routes = createRoutes(records, config.oauth !== undefined, clock)
  const knowledge: Knowledge = { isBot: bots.has, isOpen: (channel) => openChannels.includes(channel) }
  const echoes = createEchoes()
  const intake = createIntake({ bots, knowledge, routes, echoes, inbox, log })
  return {
    name: 'slack',
    label: 'Slack',
    routes: [
      {
        method: 'POST',
        path: '/slack/events',
        handle: createReceive({ config, intake, clock, log }),
      },
      ...access.routes,
    ],
    read: createRead(app, {
      apiUrl,
      bots,
      knowledge,
      routes,
      directory,
      say,
      clock,
      log,
      findName: createFindName(clock),
      people: createPeople(records),
      endInstallation: createEndInstallation(records, log),
    }),
    split: (text) => split(text),
    send: createSend({ apiUrl, call, pace: createPace(clock), routes, echoes, clock, fetch }),
    check: createCheck(config, fetch),
    confirm: createConfirm({ config, call, routes, echoes, clock }),
    ...(receipts ? { acknowledge: createAcknowledge({ call, log }) } : {}),
  }
}
