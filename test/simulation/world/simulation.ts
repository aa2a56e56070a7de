import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mayHeal } from '../../e2e/crash/books.ts'
import { createChance } from '../../e2e/crash/random.ts'
import { wipe } from '../machine/disk.ts'
import { enterWorld } from '../machine/globals.ts'
import { createMachine, isOfEnded, type Machine, trueTime } from '../machine/machine.ts'
import { createScheduler, type Scheduler } from '../machine/scheduler.ts'
import { audit } from './books.ts'
import { createDeeds, type Deeds } from './deeds.ts'
import { createPeople, type People } from './people.ts'
import type { Plan } from './plan.ts'
import { createWorld, type World } from './world.ts'

/** What came of a run. */
export interface Outcome {
  /** What is wrong, one line each; empty when everything is right. */
  readonly wrong: readonly string[]
  /** What people did and saw, what happened to the machine, and what the connector logged, in order. */
  readonly log: readonly LogEntry[]
  /** How much time passed, in milliseconds. */
  readonly passedMs: number
  /** How many things happened. */
  readonly happened: number
}

/** One line; `at`: in milliseconds since the beginning. */
export interface LogEntry {
  readonly at: number
  readonly by: 'people' | 'machine' | 'connector'
  readonly text: string
}

/** In virtual time, everything must be delivered by then once all is well. */
const drainMs = 8 * 60_000

/** So long it is looked whether anything still comes. */
const afterMs = 15_000

const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'mews-chat-simulation-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

/** Runs a plan. The same plan gives the same outcome, to the byte of the log. */
export const simulate = async (plan: Plan): Promise<Outcome> => {
  const run = await begin(plan)
  const { scheduler, machine, deeds, wrong, log } = run
  try {
    for (const deed of plan.deeds) scheduler.after(deed.at, () => deeds.perform(deed))
    await scheduler.run(plan.calmAt)
    deeds.calm()
    await finish(plan, run)
    return { wrong, log, passedMs: scheduler.now(), happened: scheduler.happened }
  } finally {
    machine.killAfter(1)
    await scheduler.run(5_000, () => !machine.isRunning())
    run.leave()
  }
}

interface Run {
  readonly scheduler: Scheduler
  readonly machine: Machine
  readonly world: World
  readonly people: People
  readonly deeds: Deeds
  readonly wrong: string[]
  readonly log: LogEntry[]
  leave(): void
}

let runs = 0

async function begin(plan: Plan): Promise<Run> {
  runs += 1
  const database = join(folder, `world-${runs}`)
  const scheduler = createScheduler()
  const outside = {
    scheduler,
    chance: createChance(plan.seed + 7_000_003),
    now: (): number => trueTime(scheduler),
    fetch: globalThis.fetch,
  }
  enterWorld(outside)
  const wrong: string[] = []
  const log: LogEntry[] = []
  const write = (by: LogEntry['by'], text: string): void => void log.push({ at: scheduler.now(), by, text })
  const world = await createWorld(plan, scheduler, () => trueTime(scheduler))
  outside.fetch = world.fetch
  const machine = createMachine({
    scheduler,
    network: world.network,
    chance: createChance(plan.seed + 6_000_023),
    settings: world.settings,
    address: world.address,
    database,
    write,
  })
  outside.now = machine.now
  const tell = (text: string): void => write('people', text)
  const chance = createChance(plan.seed + 8_000_009)
  const people = createPeople(world.system, { plan, chance, now: scheduler.now, tell })
  const noteRejection = (error: unknown): void => {
    if (!isOfEnded(error)) wrong.push(`unhandled: ${error instanceof Error ? error.stack : String(error)}`)
  }
  process.on('unhandledRejection', noteRejection)
  const deeds = createDeeds({ scheduler, machine, world, people, wrong })
  deeds.start()
  const leave = (): void => {
    process.off('unhandledRejection', noteRejection)
    enterWorld()
    wipe(database)
  }
  return { scheduler, machine, world, people, deeds, wrong, log, leave }
}

/** Waits until everything has arrived, and then whether more comes. */
async function finish(plan: Plan, { scheduler, machine, world, people, wrong, log }: Run): Promise<void> {
  const look = () => audit(world, people, machine.ends)
  const isDone = (): boolean => people.areSilent() && machine.isRunning() && !mayHeal(look())
  for (let waitedMs = 0; waitedMs < drainMs && !isDone(); waitedMs += 1_000) await scheduler.run(1_000)
  await scheduler.run(afterMs)
  wrong.push(...look().details)
  // The record of the budget is as old as the backup, or by a clock that was wrong.
  const isExcused = plan.deeds.some(({ what }) => what === 'restore' || what === 'clock')
  if (!isExcused && world.overBudget() > 0) wrong.push(`${world.overBudget()} requests were too many`)
  if (!people.areSilent()) wrong.push('somebody is still writing')
  const leaks = log.filter(
    ({ by, text }) => by === 'connector' && /turn \d+\.\d|reply \d+\.\d|Guest \d/.test(text),
  )
  wrong.push(...leaks.map(({ text }) => `a person’s words are in the log: ${text}`))
}
