import { expect, test } from 'vitest'
import type { Adapter } from '../../src/port.ts'
import { createGrowthGuard, GrownError } from '../../src/relay/growth.ts'
import type { RelayContext } from '../../src/relay/context.ts'
import type { Run } from '../../src/store/types.ts'

const lane = 'turn:channex:t-1'
const run = { lane, entries: [{ pos: 1 }] } as unknown as Run
const guardOver = (waiting: number) => {
  const states = async () => new Map([[lane, { waiting }]])
  return createGrowthGuard({ store: { log: { states } } } as unknown as Pick<RelayContext, 'store'>)
}
const overtaking = { overtakes: true } as Adapter

test('a run that is not all of its lane any more is read again, but not for ever', async () => {
  const guard = guardOver(2)
  for (let time = 0; time < 3; time += 1) await expect(guard(run, overtaking)).rejects.toThrow(GrownError)
  await expect(guard(run, overtaking)).resolves.toBeUndefined()
})

test('a run that is all of its lane goes on, and so does one whose platform keeps the order', async () => {
  await expect(guardOver(1)(run, overtaking)).resolves.toBeUndefined()
  await expect(guardOver(2)(run, {} as Adapter)).resolves.toBeUndefined()
})
