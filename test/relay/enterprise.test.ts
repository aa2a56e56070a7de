import { afterEach, beforeEach, expect, test } from 'vitest'
import type { PropertyLink, RelayContext } from '../../src/relay/context.ts'
import { hookLane } from '../../src/relay/ids.ts'
import { createLearnEnterprise } from '../../src/relay/learn-enterprise.ts'
import { createRelay } from '../../src/relay/relay.ts'
import type { Store } from '../../src/store/types.ts'
import { createManualClock } from '../mews/manual-clock.ts'
import { createLogBook } from '../mews/property.ts'
import { createSqliteDatabase, type SqliteDatabase } from '../store/sqlite-database.ts'

const ours = 'c1a7e0d4-3b52-4f0a-9b1e-7de2a4b0c611'
const theirs = '00000000-0000-4000-8000-000000000001'
const clock = createManualClock()

let database: SqliteDatabase
let store: Store
let asked = 0
beforeEach(async () => {
  database = await createSqliteDatabase()
  store = await database.open(clock)
  asked = 0
})
afterEach(async () => {
  await store.close()
  await database.destroy()
})

/** One process, which does not know yet which enterprise its property is. */
const createProcess = () => {
  const context = { store, adapters: new Map(), clock, log: createLogBook().log } as unknown as RelayContext
  const readConfiguration = async () => {
    asked += 1
    return { now: clock.now(), enterprise: { id: ours } }
  }
  const link = { key: 'grand', enterprise: { id: undefined }, mews: { readConfiguration } }
  const property = link as unknown as PropertyLink
  return {
    learn: () =>
      createLearnEnterprise(context, property).run(
        new AbortController().signal,
        new AbortController().signal,
      ),
    announce: (enterpriseId: string, id: string) =>
      createRelay(context, [property]).announce(enterpriseId, [{ id }]),
  }
}

const recorded = async (): Promise<number> => {
  const runs = await store.log.claim({ group: hookLane('grand'), limit: 10, leaseMs: 0 })
  return runs.flatMap(({ entries }) => entries).length
}

test('every webhook is a property’s whose enterprise nobody knows yet', async () => {
  await createProcess().announce(theirs, 'message 1')
  expect(await recorded()).toBe(1)
})

test('what one process has learned of its enterprise the others know without asking Mews', async () => {
  const other = createProcess()
  await createProcess().learn()
  await other.announce(theirs, 'message 1')
  expect(await recorded()).toBe(0)
  await other.announce(ours.toUpperCase(), 'message 2')
  expect(await recorded()).toBe(1)
  expect(asked).toBe(1)
})
