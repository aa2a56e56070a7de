import { setTimeout as pause } from 'node:timers/promises'
import { createPostgresServer } from '../../fakes/postgres.ts'
import { createBalancer, type Passed } from '../support/balancer.ts'
import { type Cluster, createCluster } from '../support/cluster.ts'
import { compileCache, type ConnectorProcess } from '../support/connector-process.ts'
import { startLoad, type Load } from './load.ts'
import type { LosingKeyv } from '../support/losing-keyv.ts'
import { clockInWords, drawClock } from '../support/random-clock.ts'
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
import { createSystemFixture } from '../support/system-fixture.ts'

export interface InstancesResult extends RoundsResult {
  /** How often one stood still. */
  readonly frozen: number
  /** The most requests to Mews in any 30 s, the budget that they are to keep to, and how many Mews refused. */
  readonly mostRequests: number
  readonly budget: number
  readonly refusedRequests: number
  /** Of events and webhooks that were recorded, in milliseconds. */
  readonly ackP50: number
  readonly ackP99: number
}

const instances = 3
const killed = 2
/** Leases are 10 s long: another one has taken over when it goes on. */
const frozenMs = { from: 11_000, to: 20_000 }
/** Few, so that the budget is what holds the senders back; it leaves Mews's own limit as much room as the default does. */
const budget = 90
const allowedRequests = 100
const windowMs = 30_000
/** Slack takes one message a second in each channel. */
const slowestReplyMs = 700
/** In the end something arrives at least this often, until everything has: a conversation that failed several times waits up to five minutes. */
const patienceMs = 330_000

const pacing = {
  MEWS_SYNC_SECONDS: '2',
  MEWS_REQUESTS_PER_30S: String(budget),
  SLACK_CONFIRM_SECONDS: '0.3',
  SLACK_HISTORY_SECONDS: '0.1',
  NODE_COMPILE_CACHE: compileCache,
}

/** The most requests in any span of the window's length. */
const mostIn = (passed: readonly Passed[]): number => {
  const times = passed.map(({ at }) => at).toSorted((one, other) => one - other)
  return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + windowMs).length), 0)
}

const percentile = (passed: readonly Passed[], share: number): number => {
  const sorted = passed.filter(({ status }) => status >= 200 && status < 300).map(({ ms }) => ms)
  return sorted.toSorted((one, other) => one - other)[Math.floor(sorted.length * share)] ?? 0
}

/** What happens to the instances in one round. */
interface Round {
  readonly name: string
  readonly act: (cluster: Cluster, load: Load, chance: Chance) => Promise<void>
}

/** Two of the instances, one soon after the other, at any moment; both come back after a while. */
const killTwo: Round = {
  name: `${killed} are killed`,
  act: async ({ instances: all }, load, chance) => {
    const first = chance.pick(all)
    const chosen = [first, chance.pick(all.filter((instance) => instance !== first))].slice(0, killed)
    // Drawn beforehand: which one dies first is not certain.
    const pauses = chosen.map(() => [chance.between(0, 400), chance.between(0, 3_000)] as const)
    const killOne = async (instance: ConnectorProcess, index: number): Promise<void> => {
      const [before, after] = pauses[index] ?? [0, 0]
      await pause(before)
      await instance.kill()
      load.restarting()
      await pause(after)
      await instance.start()
    }
    load.restarting()
    await Promise.all(chosen.map(killOne))
  },
}

/** One stands still while the others take over what it had in hand, and then goes on; now and then another one dies meanwhile. */
const freezeOne: Round = {
  name: 'one stands still',
  act: async ({ instances: all }, load, chance) => {
    const frozen = chance.pick(all)
    const other = chance.pick(all.filter((instance) => instance !== frozen))
    const dies = chance.happens(0.3)
    load.restarting()
    frozen.freeze()
    if (dies) {
      await other.kill()
      await other.start()
    }
    await pause(chance.between(frozenMs.from, frozenMs.to))
    load.restarting()
    frozen.thaw()
    await pause(chance.between(0, 3_000))
    load.restarting()
  },
}

/** What the backend of bindings does in a round, if there is one. */
const drawLoss = (keyv: LosingKeyv | undefined, load: Load, chance: Chance) => {
  const name = chance.pick(['', '', 'Keyv writes', 'Keyv loses its newest', 'Keyv loses everything'])
  const act = async (): Promise<void> => {
    if (name === 'Keyv writes') await keyv?.keep()
    if (!name.startsWith('Keyv loses') || keyv === undefined) return
    await keyv.lose(name === 'Keyv loses everything' ? 'everything' : 'the newest')
    load.loseBindings()
  }
  return { name: keyv === undefined ? '' : name, act }
}

/**
 * Lets three processes on one PostgreSQL, each with a clock of its own, carry a load. In each round two of them are killed, or one stands
 * still for longer than its leases.
 */
export const runInstances = async (options: RoundsOptions): Promise<InstancesResult> => {
  const { machineFaults = true, rounds, seed, onRound = () => {} } = options
  const begunAt = Date.now()
  const chance = createChance(seed)
  const server = await createPostgresServer()
  const toMews = await createBalancer(() => [system.mews.url])
  const { keyv, settings: keyvSettings } = await drawLosingKeyv(options)
  const shared = {
    ...pacing,
    ...keyvSettings,
    DATABASE_URL: await server.database(),
    MEWS_PLATFORM_ADDRESS: toMews.url,
  }
  const clocks = createChance(seed + streams.clocks)
  let cluster: Cluster | undefined
  const system = await createSystemFixture(shared, {}, async (settings) => {
    cluster = await createCluster(instances, settings, () => (machineFaults ? drawClock(clocks) : {}))
    return cluster
  })
  try {
    if (cluster === undefined) throw new Error('there are no instances')
    system.mews.switches.limit = { ...system.mews.switches.limit, requests: allowedRequests }
    await cluster.start()
    const load = startLoad(system, createChance(~seed), slowestReplyMs)
    let deck: readonly Round[] = []
    let frozen = 0
    for (let round = 1; round <= rounds; round += 1) {
      if (deck.length === 0) deck = machineFaults ? chance.shuffle([killTwo, freezeOne]) : [killTwo]
      const [now = killTwo, ...rest] = deck
      deck = rest
      const loss = drawLoss(keyv, load, chance)
      if (now === freezeOne) frozen += 1
      await pause(chance.between(0, 3_000))
      await Promise.all([now.act(cluster, load, chance), loss.act()])
      const clocksNow = cluster.instances.map(({ environment }) => clockInWords(environment))
      const done = [now.name, loss.name, ...clocksNow]
      onRound(describeRound(options, round, done, figuresOf(load, begunAt)))
    }
    await load.stop()
    load.restarting()
    await arriveAll(load, patienceMs)
    await pause(3_000)
    return {
      seed,
      kills: (rounds - frozen) * killed,
      frozen,
      ...figuresOf(load, begunAt),
      mostRequests: mostIn(toMews.passed),
      budget,
      refusedRequests: toMews.passed.filter(({ status }) => status === 429).length,
      ackP50: percentile(cluster.balancer.passed, 0.5),
      ackP99: percentile(cluster.balancer.passed, 0.99),
      ...load.balance(),
      output: lastOutput(cluster.output),
    }
  } finally {
    await system.close()
    await keyv?.close()
    await toMews.close()
    await server.dispose()
  }
}
