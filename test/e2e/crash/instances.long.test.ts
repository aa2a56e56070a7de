import { expect, test } from 'vitest'
import { runInstances } from './instances.ts'
import { chooseSeed } from './random.ts'

const rounds = 2
const seed = chooseSeed(process.env['INSTANCES_SEED'])

test(
  `three processes on one PostgreSQL lose nothing while two are killed ${rounds} times (INSTANCES_SEED=${seed})`,
  { timeout: 400_000 },
  async ({ onTestFailed }) => {
    const { lost, doubled, outOfOrder, orphans, details, output, ...figures } = await runInstances({
      rounds,
      seed,
      machineFaults: false,
    })
    onTestFailed(() => void process.stdout.write(output))
    process.stdout.write(`${JSON.stringify(figures)}\n`)
    expect(details).toEqual([])
    expect({ lost, doubled, outOfOrder, orphans }).toEqual({ lost: 0, doubled: 0, outOfOrder: 0, orphans: 0 })
    expect(figures.mostRequests).toBeLessThanOrEqual(figures.budget)
    expect(figures.refusedRequests).toBe(0)
  },
)
