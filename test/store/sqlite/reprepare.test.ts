import { DatabaseSync, StatementSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { claim, entry } from '../../contracts/store/harness.ts'
import { createManualClock } from '../../fakes/clock.ts'
import { createSqliteDatabase, type SqliteDatabase } from './database.ts'

/** How often SQLite planned a statement anew; Node.js tells since version 26. */
const stat: unknown = Reflect.get(StatementSync.prototype, 'stat')
const countReprepared = (statement: StatementSync): number =>
  typeof stat === 'function' ? Number(Reflect.apply(stat, statement, ['reprepare'])) : NaN

let database: SqliteDatabase
beforeEach(async () => {
  database = await createSqliteDatabase()
})
afterEach(() => database.destroy())

test.skipIf(stat === undefined)('what runs all the time is planned once', async () => {
  const prepare = vi.spyOn(DatabaseSync.prototype, 'prepare')
  const clock = createManualClock({ skipSleeps: true })
  const store = await database.open(clock)
  const times = 10
  for (let time = 0; time < times; time += 1) {
    await store.log.record([entry('lane', `${time}`)])
    await store.log.drain(10)
    await claim(store)
    clock.step(2_000)
    await store.threads.latest('conversation')
    await store.threads.latest('conversation', 'property')
    await store.threads.active({ property: 'property', since: 0, limit: 10 })
  }
  const statements = prepare.mock.results.map(({ value }) => value as StatementSync)
  const counts = new Map(
    prepare.mock.calls.map(([text], index) => {
      const statement = statements[index]
      return [text, statement === undefined ? NaN : countReprepared(statement)]
    }),
  )
  prepare.mockRestore()
  await store.close()
  const often = [...counts].filter(([text, count]) => count >= times && !text.includes('migration'))
  expect(counts.size).toBeGreaterThan(10)
  expect(often).toEqual([])
})
