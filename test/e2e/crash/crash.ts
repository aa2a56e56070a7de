import { setTimeout as pause } from 'node:timers/promises'
import { isSend } from '../../fakes/channex/channex.ts'
import { createMachineFaults, spared } from './crash-faults.ts'
import { createDeck, stop, stopAnyTime } from './moments.ts'
import { compileCache, createConnectorProcess } from '../support/connector-process.ts'
import { type Load, startLoad } from './load.ts'
import type { LosingKeyv } from '../support/losing-keyv.ts'
import { type ClockSettings, clockInWords, drawClock } from '../support/random-clock.ts'
import { type Chance, createChance, streams } from './random.ts'
import {
  arriveAll,
  describeRound,
  drawLosingKeyv,
  figuresOf,
  lastOutput,
  type RoundsOptions,
  type RoundsResult,
} from './rounds.ts'
import { createSystemFixture, type SystemFixture } from '../support/system-fixture.ts'

export interface CrashOptions extends RoundsOptions {
  /** Whether backups are put back as well. Default true. */
  readonly restores?: boolean
}

/** As much as Slack, which takes one message a second in each conversation, can follow. */
const slowestReplyMs = 200
/** In the end something arrives at least this often, until everything has: a conversation that failed in several lives waits up to five minutes. */
const patienceMs = 330_000
/** In the middle of everything, after the kills. */
const cleanStops = 3
/** Time enough for a sync and for everything that waits to be claimed. */
const quietMs = 1_500

/** Before Slack's three retries: instead of nothing, a minute and five, in the measure of the connector's lives. */
const slackPausesMs = [0, 300, 900]

/** All that paces the connector, in fractions of a second; only a call that is broken off by a kill goes without an answer. */
const quick = {
  MEWS_TIMEOUT_SECONDS: '60',
  MEWS_SYNC_SECONDS: '1',
  MEWS_REQUESTS_PER_30S: '200',
  CHANNEX_SYNC_SECONDS: '1',
  CHANNEX_CLOSE_RESOLVED: 'on',
  SLACK_CONFIRM_SECONDS: '1',
  SLACK_HISTORY_SECONDS: '0.02',
  NODE_COMPILE_CACHE: compileCache,
}

/**
 * A machine on which the connector is started again and again. Slack is slow and forgetful, Channex has bad habits, and Mews counts no
 * requests, since a process that was killed has forgotten how many it made.
 */
interface CrashMachine {
  readonly system: SystemFixture
  /** Where bindings live in every second run. */
  readonly keyv: LosingKeyv | undefined
  /** What the machine's clock shows since the last start. */
  clock(): ClockSettings
  /** From now on it is right. */
  setClockRight(): void
  close(): Promise<void>
}

const createCrashMachine = async (options: CrashOptions, chance: Chance): Promise<CrashMachine> => {
  const { seed, machineFaults = true } = options
  const { keyv, settings } = await drawLosingKeyv(options)
  const clocks = createChance(seed + streams.clocks)
  let clock: ClockSettings = {}
  let isRight = !machineFaults
  const atStart = (): ClockSettings => (clock = isRight ? {} : drawClock(clocks))
  const system = await createSystemFixture({ ...quick, ...settings }, {}, (given) =>
    createConnectorProcess(given, { atStart }),
  )
  const { mews, slack, channex, connector } = system
  channex.switches.pausesMs = channexPausesMs
  mews.switches.limit = { ...mews.switches.limit, requests: Infinity }
  slack.connect(`${connector.url}/slack/events`, {
    lagMs: () => (chance.happens(0.3) ? chance.between(0, 40) : 0),
    pausesMs: slackPausesMs,
    again: () => chance.happens(0.05),
  })
  return {
    system,
    keyv,
    clock: () => clock,
    setClockRight: () => {
      isRight = true
    },
    close: async () => {
      await system.close()
      await keyv?.close()
    },
  }
}

/** Channex's retries too, in the measure of the connector's lives. */
const channexPausesMs = [200, 400, 800]
/** What a guest of a booking site and staff do meanwhile. */
const changeChannex = ({ channex }: SystemFixture, chance: Chance): void => {
  Object.assign(channex.switches, {
    webhooks: chance.pick(['sent', 'sent', 'sent', 'held', 'dropped']),
    doubled: chance.happens(0.3),
    reversed: chance.happens(0.3),
    echo: chance.happens(0.3),
    sendData: chance.happens(0.8),
    tellsSender: chance.happens(0.8),
  })
  for (const thread of channex.book.threads.values()) if (chance.happens(0.2)) thread.closed = true
  if (chance.happens(0.3)) channex.server.fail({ applied: true, kind: 'reset' }, { match: isSend })
  if (chance.happens(0.5)) void channex.flush()
}

const changeWebhooks = ({ mews: { switches } }: SystemFixture, chance: Chance): void => {
  switches.webhooks = chance.pick(['sent', 'sent', 'sent', 'held', 'dropped'])
  switches.doubled = chance.happens(0.3)
  switches.reversed = chance.happens(0.3)
  switches.entities = chance.happens(0.3)
}

/** Waits until everything has arrived; after that, and after another start, nothing more may come. */
const settle = async (machine: CrashMachine, load: Load): Promise<void> => {
  const { system } = machine
  await load.stop()
  load.restarting()
  // By a clock that is too wrong, platforms' requests are refused.
  machine.setClockRight()
  await system.connector.start()
  await load.sayAgain()
  await arriveAll(load, patienceMs)
  await stop(system)
  load.restarting()
  await system.connector.start()
  await pause(quietMs)
  await stop(system)
}

/** Kills the connector again and again while guests and staff write, then lets it finish and compares the books. */
export const crash = async (options: CrashOptions): Promise<RoundsResult> => {
  const { machineFaults = true, restores = true, rounds, seed, onRound = () => {} } = options
  const begunAt = Date.now()
  const chance = createChance(seed)
  const habits = createChance(seed + streams.habits)
  const drawMoment = createDeck(chance)
  const machine = await createCrashMachine(options, habits)
  const { system, keyv } = machine
  const { connector } = system
  try {
    // The compile cache is written by a clean stop only.
    await connector.start()
    await stop(system)
    const load = startLoad(system, createChance(~seed), slowestReplyMs)
    const drawFault = createMachineFaults({
      restores,
      system,
      load,
      keyv,
      chance: createChance(seed + streams.faults),
    })
    for (let round = 1; round <= rounds; round += 1) {
      const [name, moment] = drawMoment()
      const fault = machineFaults ? drawFault() : spared
      changeWebhooks(system, habits)
      changeChannex(system, habits)
      load.restarting()
      await fault.before()
      await Promise.all([moment(system, load, chance), fault.meanwhile()])
      const done = [name, fault.name, clockInWords(machine.clock())]
      onRound(describeRound(options, round, done, figuresOf(load, begunAt)))
      await pause(chance.between(0, 100))
    }
    for (let time = 0; time < cleanStops; time += 1) {
      load.restarting()
      await stopAnyTime(system, load, chance)
    }
    await settle(machine, load)
    const output = lastOutput(connector.output)
    return { seed, kills: rounds, ...figuresOf(load, begunAt), ...load.balance(), output }
  } finally {
    await machine.close()
  }
}
