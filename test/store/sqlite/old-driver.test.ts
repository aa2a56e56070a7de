import { Keyv } from 'keyv'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { claim, delivery, entry, toWords } from '../../contracts/store/harness.ts'
import { createManualClock } from '../../fakes/clock.ts'
import { restoreKilledDatabase } from '../postgres/killed-database.ts'
import { createSqliteDatabase, type SqliteDatabase } from './database.ts'

const clock = createManualClock({ skipSleeps: true })

let database: SqliteDatabase
beforeEach(async () => {
  database = await createSqliteDatabase()
  await restoreKilledDatabase(database.path)
})
afterEach(() => database.destroy())

describe('a database that the connector wrote with better-sqlite3 when it was killed', () => {
  test('opens with all that it held', async () => {
    const store = await database.open(clock)
    expect(await store.threads.latest('slack:D1')).toMatchObject({
      subject: 'Hello 🛎️',
      threadId: 't1',
      activeAt: 5,
    })
    expect(await store.marks.get('synced')).toBe('12')
    const keyv = new Keyv({ store: store.keyv('bindings'), throwOnErrors: true })
    expect(await keyv.get('key')).toEqual({ v: 1, threadId: 't1' })
    expect(await store.log.nativeIds(['thread-1'], 0)).toEqual(new Set(['native-1']))
    expect((await store.log.states(['done'])).get('done')).toMatchObject({ waiting: 0, lastAt: 1 })
    await store.close()
  })

  test('goes on: what its spool held is appended in order, and nothing is taken twice', async () => {
    const store = await database.open(clock)
    expect(await store.log.drain(10)).toBe(4)
    expect(await store.log.append([entry('done', 'delivered'), entry('waiting', 'second')])).toEqual([
      false,
      false,
    ])
    await store.log.record([entry('waiting', 'new')])
    expect(await store.log.drain(10)).toBe(1)
    const runs = await claim(store)
    expect(toWords(runs).toSorted()).toEqual([
      'held: claimed third',
      'waiting: first, with a nul: a\uFFFDb second new',
    ])
    for (const { lane, token, entries } of runs) {
      const last = entries.at(-1)?.pos ?? 0
      const deliveries = entries.map(({ pos }) => delivery(pos))
      expect(
        await store.log.settle({ lane, token, deliveries, doneThrough: last, nextStep: { next: 'release' } }),
      ).toBe(true)
    }
    await store.close()
  })

  test('keeps what the database had refused aside', async () => {
    const store = await database.open(clock)
    const refused: unknown[] = []
    store.log.onQuarantined((more) => refused.push(...more))
    await store.log.drain(10)
    expect(refused).toMatchObject([{ lane: 'aside', code: 'SQLITE_CONSTRAINT_NOTNULL' }])
    await store.close()
  })
})
