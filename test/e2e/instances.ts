import { setTimeout as pause } from 'node:timers/promises'
import { createPostgresServer } from '../fakes/postgres.ts'
import { createBalancer, type Passed } from './balancer.ts'
import type { Balance } from './books.ts'
import { type Cluster, createCluster } from './cluster.ts'
import { compileCache, type ConnectorProcess } from './connector.ts'
import { startLoad, type Load } from './load.ts'
import { type Chance, createChance } from './random.ts'
import { createWorld } from './world.ts'

export interface InstancesOptions {
  /** How often two of the three are killed. */
  readonly rounds: number
  readonly seed: number
  /** Called after each round. */
  readonly onRound?: (line: string) => void
}

export interface InstancesResult extends Balance {
  readonly seed: number
  readonly kills: number
  readonly conversations: number
  readonly turns: number
  readonly taken: number
  readonly replies: number
  readonly seconds: number
  /** The most requests to Mews in any 30 s, the budget that they are to keep to, and how many Mews refused. */
  readonly mostRequests: number
  readonly budget: number
  readonly refusedRequests: number
  /** Of events and webhooks that were recorded, in milliseconds. */
  readonly ackP50: number
  readonly ackP99: number
  /** The end of what the instances printed. */
  readonly output: string
}

const instances = 3
const killed = 2
/** Few, so that the budget is what holds the senders back; it leaves Mews's own limit as much room as the default does. */
const budget = 90
const allowedRequests = 100
const windowMs = 30_000
/** Slack takes one message a second in each channel. */
const slowestReplyMs = 700
/** How long everything may take to arrive in the end. */
const settleMs = 90_000

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

/** Two of the instances, one soon after the other, at any moment; both come back after a while. */
const killTwo = async ({ instances: all }: Cluster, load: Load, chance: Chance): Promise<void> => {
  const first = chance.pick(all)
  const chosen = [first, chance.pick(all.filter((instance) => instance !== first))].slice(0, killed)
  const killOne = async (instance: ConnectorProcess): Promise<void> => {
    await pause(chance.between(0, 400))
    await instance.kill()
    load.restarting()
    await pause(chance.between(0, 3_000))
    await instance.start()
  }
  load.restarting()
  await Promise.all(chosen.map(killOne))
}

const mayHeal = ({ lost, doubled, outOfOrder, orphans }: Balance): boolean =>
  lost + outOfOrder + orphans > 0 && doubled === 0

/** Lets three processes on one PostgreSQL carry a load, and kills two of them again and again. */
export const runInstances = async (options: InstancesOptions): Promise<InstancesResult> => {
  const { rounds, seed, onRound = () => {} } = options
  const begunAt = Date.now()
  const chance = createChance(seed)
  const server = await createPostgresServer()
  const toMews = await createBalancer(() => [world.mews.url])
  const shared = { ...pacing, DATABASE_URL: await server.database(), MEWS_PLATFORM_ADDRESS: toMews.url }
  let cluster: Cluster | undefined
  const world = await createWorld(shared, {}, async (settings) => {
    cluster = await createCluster(instances, settings)
    return cluster
  })
  try {
    if (cluster === undefined) throw new Error('there are no instances')
    world.mews.switches.limit = { ...world.mews.switches.limit, requests: allowedRequests }
    await cluster.start()
    const load = startLoad(world, createChance(~seed), slowestReplyMs)
    for (let round = 1; round <= rounds; round += 1) {
      await pause(chance.between(0, 3_000))
      await killTwo(cluster, load, chance)
      const { conversations, turns, taken, replies } = load
      onRound(
        `seed ${seed}, round ${round} of ${rounds}: ${JSON.stringify({ conversations, turns, taken, replies })}`,
      )
    }
    await load.stop()
    load.restarting()
    const until = Date.now() + settleMs
    while (mayHeal(load.balance()) && Date.now() < until) await pause(100)
    await pause(3_000)
    const { conversations, turns, taken, replies } = load
    return {
      seed,
      kills: rounds * killed,
      conversations,
      turns,
      taken,
      replies,
      seconds: Math.round((Date.now() - begunAt) / 1000),
      mostRequests: mostIn(toMews.passed),
      budget,
      refusedRequests: toMews.passed.filter(({ status }) => status === 429).length,
      ackP50: percentile(cluster.balancer.passed, 0.5),
      ackP99: percentile(cluster.balancer.passed, 0.99),
      ...load.balance(),
      output: cluster.output.slice(-20_000),
    }
  } finally {
    await world.close()
    await toMews.close()
    await server.dispose()
  }
}
