import { parseArgs } from 'node:util'
import { runInstances } from './instances.ts'
import { chooseSeed } from './random.ts'
import { print, printResult } from './rounds.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string' }, seed: { type: 'string' } } })
const rounds = Number(values.rounds ?? 20)
const seed = chooseSeed(values.seed)

const result = await runInstances({ rounds, seed, onRound: print })
printResult(result)
const { lost, doubled, outOfOrder, orphans, refusedRequests, mostRequests, budget } = result
const faults = lost + doubled + outOfOrder + orphans + refusedRequests + Math.max(0, mostRequests - budget)
process.exitCode = faults === 0 ? 0 : 1
