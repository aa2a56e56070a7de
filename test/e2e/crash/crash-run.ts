import { parseArgs } from 'node:util'
import { crash } from './crash.ts'
import { chooseSeed } from './random.ts'
import { print, printResult } from './rounds.ts'

/** More kills than this are spread over several runs, each with a seed and a database of its own; `--runs`: so many, each with `--rounds`. */
const roundsAtOnce = 50

const { values } = parseArgs({
  options: { rounds: { type: 'string' }, runs: { type: 'string' }, seed: { type: 'string' } },
})
const given = Number(values.rounds ?? roundsAtOnce)
const runs = Number(values.runs ?? Math.ceil(given / roundsAtOnce))
const rounds = values.runs === undefined ? given : given * runs
const atOnce = values.runs === undefined ? roundsAtOnce : given
const firstSeed = chooseSeed(values.seed)

const totals = {
  kills: 0,
  conversations: 0,
  turns: 0,
  taken: 0,
  replies: 0,
  seconds: 0,
  lost: 0,
  doubled: 0,
  outOfOrder: 0,
  orphans: 0,
}
const names = Object.keys(totals) as (keyof typeof totals)[]
for (let run = 0; run < runs; run += 1) {
  const left = rounds - run * atOnce
  const result = await crash({
    rounds: Math.min(left, atOnce),
    seed: firstSeed + run,
    onRound: print,
  })
  printResult(result)
  for (const name of names) totals[name] += result[name]
}
print(JSON.stringify(totals))
process.exitCode = totals.lost + totals.doubled + totals.outOfOrder + totals.orphans === 0 ? 0 : 1
