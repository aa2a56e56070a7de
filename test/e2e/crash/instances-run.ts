import { parseArgs } from 'node:util'
import { runInstances } from './instances.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string' }, seed: { type: 'string' } } })
const rounds = Number(values.rounds ?? 20)
const seed = Number(values.seed ?? Date.now() % 1_000_000)
const print = (line: string): void => void process.stdout.write(`${line}\n`)

const { details, output, ...result } = await runInstances({ rounds, seed, onRound: print })
for (const detail of details) print(detail)
if (details.length > 0) print(output)
print(JSON.stringify(result))
const { lost, doubled, outOfOrder, orphans, refusedRequests, mostRequests, budget } = result
const faults = lost + doubled + outOfOrder + orphans + refusedRequests + Math.max(0, mostRequests - budget)
process.exitCode = faults === 0 ? 0 : 1
