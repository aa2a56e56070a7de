import { expect, test } from 'vitest'
import type { RelayContext } from '../../src/relay/context.ts'
import { createSpoolDrainer } from '../../src/relay/spool-drainer.ts'
import { createLogBook } from '../fakes/log.ts'
import { claim, entry, toWords, useStore } from '../contracts/store/harness.ts'
import { createSqliteDatabase } from '../store/sqlite/database.ts'
import { createManualClock } from '../fakes/clock.ts'

/** All that a placer needs. */
type Parts = Pick<RelayContext, 'store' | 'clock' | 'log'>

const fixture = useStore(createSqliteDatabase)

test('what a process recorded that is gone is placed by another one within a second', async () => {
  const { store, database } = fixture()
  const clock = createManualClock()
  const looked = Promise.withResolvers<void>()
  const log: typeof store.log = {
    ...store.log,
    drain: (limit) => store.log.drain(limit).finally(looked.resolve),
  }
  const context: Parts = { store: { ...store, log }, clock, log: createLogBook().log }
  const stopping = new AbortController()
  const shutdown = { draining: stopping.signal, aborted: stopping.signal }
  const running = createSpoolDrainer(context as RelayContext).run(shutdown)
  await looked.promise
  const other = await database.open(clock, { exclusive: false })
  await other.log.record([entry('lane', 'a')])
  await other.close()
  expect(await claim(store)).toEqual([])
  clock.step(1_000)
  await expect.poll(async () => toWords(await claim(store))).toEqual(['lane: a'])
  stopping.abort()
  await running
})
