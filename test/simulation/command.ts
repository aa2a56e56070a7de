import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { shrink } from './shrink.ts'
import { tellStory } from './story.ts'
import { createPlan, type Plan } from './world/plan.ts'
import { simulate } from './world/simulation.ts'

const help = `npm run simulate -- [options]

  --seeds N      so many worlds; default 100, or as many as --minutes allow
  --minutes N    for so long
  --from S       the first seed; default by chance
  --seed S       one world, told as a story
  --plan FILE    the world of a file, as --shrink prints it, told as a story
  --shrink       makes a world that is wrong smaller before its story is told
  --log          tells every world, with everything that the connector logged
  --kinds 0,1    only guests of these kinds: 0 and 1 Slack, 2 Teams, 3 Booking.com
  --until-wrong  ends with the first world that is wrong
  --mutation M   with the program broken as test/simulation/mutations says
  --help
`

/** `npm run simulate`: resolves with the exit code, 1 when a world was wrong. */
export const runCommand = async (
  given: readonly string[],
  print: (text: string) => void,
): Promise<number> => {
  const { values } = parseArgs({ args: [...given], options: flags })
  if (values.help === true) {
    print(help)
    return 0
  }
  const options = values.kinds === undefined ? {} : { kinds: values.kinds.split(',').map(Number) }
  // What is loaded where it is needed is loaded now: the worlds that follow are alike.
  await simulate(createPlan(0, {}))
  if (values.plan !== undefined) return replay(readPlan(values.plan), values, print)
  if (values.seed !== undefined) return replay(createPlan(Number(values.seed), options), values, print)
  const seconds = values.minutes === undefined ? Infinity : Number(values.minutes) * 60
  const first = Number(values.from ?? Math.floor(Math.random() * 2 ** 31))
  const most = Number(values.seeds ?? (values.minutes === undefined ? 100 : Infinity))
  return runMany(
    {
      first,
      most,
      seconds,
      isWhole: values.log === true,
      untilWrong: values['until-wrong'] === true,
      plan: (seed) => createPlan(seed, options),
    },
    print,
  )
}

const flags = {
  seed: { type: 'string' },
  seeds: { type: 'string' },
  from: { type: 'string' },
  minutes: { type: 'string' },
  plan: { type: 'string' },
  kinds: { type: 'string' },
  mutation: { type: 'string' },
  'until-wrong': { type: 'boolean' },
  shrink: { type: 'boolean' },
  log: { type: 'boolean' },
  help: { type: 'boolean' },
} as const

const readPlan = (path: string): Plan => JSON.parse(readFileSync(path, 'utf8')) as Plan

interface ReplayOptions {
  readonly shrink?: boolean | undefined
  readonly log?: boolean | undefined
}

async function replay(
  given: Plan,
  { shrink: isShrunk, log }: ReplayOptions,
  print: (text: string) => void,
): Promise<number> {
  const plan = isShrunk === true ? await shrink(given, (tried) => simulate(tried)) : given
  const outcome = await simulate(plan)
  print(tellStory(plan, outcome, { isWhole: log === true }))
  if (isShrunk === true) print(`\nThe plan, for --plan and test/simulation/found:\n${JSON.stringify(plan)}\n`)
  return outcome.wrong.length === 0 ? 0 : 1
}

interface ManyOptions {
  readonly first: number
  readonly most: number
  readonly seconds: number
  readonly isWhole: boolean
  readonly untilWrong: boolean
  readonly plan: (seed: number) => Plan
}

const progressSeconds = 30

async function runMany(
  { first, most, seconds, isWhole, untilWrong, plan }: ManyOptions,
  print: (text: string) => void,
): Promise<number> {
  const startedAt = process.hrtime.bigint()
  const cpu = process.cpuUsage()
  const elapsed = (): number => Number(process.hrtime.bigint() - startedAt) / 1e9
  const wrongSeeds: number[] = []
  let passedMs = 0
  let count = 0
  let toldAt = 0
  const isOver = (): boolean => untilWrong && wrongSeeds.length > 0
  for (; count < most && elapsed() < seconds && !isOver(); count += 1) {
    const seed = first + count
    const outcome = await simulate(plan(seed))
    if (isWhole) print(tellStory(plan(seed), outcome, { isWhole }))
    passedMs += outcome.passedMs
    if (outcome.wrong.length > 0) {
      wrongSeeds.push(seed)
      print(`seed ${seed}:\n${outcome.wrong.map((line) => `  ${line}\n`).join('')}`)
    }
    if (elapsed() - toldAt < progressSeconds) continue
    toldAt = elapsed()
    print(
      `${count + 1} worlds, the last of seed ${seed}, ${wrongSeeds.length} wrong, ${Math.round(toldAt)} s\n`,
    )
  }
  const { user, system } = process.cpuUsage(cpu)
  const speed = Math.round((passedMs * 1_000) / (user + system))
  print(
    `${count} worlds from seed ${first}: ${wrongSeeds.length} wrong, ${(passedMs / 3_600_000).toFixed(1)} hours of their time in ` +
      `${elapsed().toFixed(1)} s, ${speed} times as fast as real time per second of the processor\n`,
  )
  for (const seed of wrongSeeds) print(`  npm run simulate -- --seed ${seed} --shrink\n`)
  return wrongSeeds.length === 0 ? 0 : 1
}
