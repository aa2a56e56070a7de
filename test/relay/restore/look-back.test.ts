import { expect, onTestFinished, test } from 'vitest'
import { lookBack } from '../../../src/relay/restore/look-back.ts'
import type { OpenStore } from '../../../src/store/open-store.ts'
import { createLogBook } from '../../fakes/log.ts'
import { createSqliteDatabase } from '../../store/sqlite/database.ts'
import { reference, writeAsAnother } from './another-connector.ts'
import { connectFixtureHotel } from '../support/assembly.ts'
import { createFakeMews } from '../../fakes/mews/mews.ts'
import { createManualClock, minute } from '../../fakes/clock.ts'

/** A database whose records end at a time; Mews goes on. */
const begin = async (options: { readonly shared?: boolean } = {}) => {
  const clock = createManualClock()
  const database = await createSqliteDatabase()
  const opened = (await database.open(clock)) as OpenStore
  const store = { ...opened, shared: options.shared === true }
  const mews = await createFakeMews({ clock })
  const { log, lines } = createLogBook()
  const times = {
    confirmMs: 10_000,
    retryMs: 1_000,
    retryMaxMs: 1_000,
    giveUpMs: minute,
    idleMs: 30 * 24 * 60 * minute,
    syncMs: 120_000,
    leaseMs: minute,
  }
  const hotel = connectFixtureHotel({ name: 'grand' }, mews.properties[0], {
    store,
    mews,
    fetch,
    times,
    requests: 180,
    clock,
    log,
  })
  await store.marks.set('synced:grand:active', String(clock.now()))
  await clock.advance(60 * minute)
  onTestFinished(async () => {
    await store.close()
    await mews.close()
    await database.destroy()
  })
  return {
    store,
    clock,
    mews,
    warnings: () => lines.filter(({ level }) => level === 'warn'),
    hotel,
    look: () => lookBack([hotel], { store, times, clock, log }),
    restored: async () => (await store.marks.get('restored')) !== undefined,
  }
}

type Begun = Awaited<ReturnType<typeof begin>>

const writeBeyond = ({ mews }: Begun): Promise<string> =>
  writeAsAnother(mews, { subject: `two (ref ${reference})`, texts: ['two'] })

test('a thread that the records do not know makes the database a backup', async () => {
  const begun = await begin()
  await writeBeyond(begun)
  await begun.look()
  expect(await begun.restored()).toBe(true)
  expect(begun.warnings()).toMatchObject([
    { level: 'warn', fields: { property: 'grand', turns: 0, threads: 1 } },
  ])
  // Once: from now on it knows.
  await begun.look()
  expect(begun.warnings()).toHaveLength(1)
})

test('nothing new is nothing, and a database that has looked for nothing yet asks nothing', async () => {
  const begun = await begin()
  await begun.look()
  expect(await begun.restored()).toBe(false)
  await writeBeyond(begun)
  await begun.store.marks.forget('synced:', '~')
  await begun.look()
  expect(await begun.restored()).toBe(false)
})

test('where another process works for the property, the database is no copy', async () => {
  const begun = await begin({ shared: true })
  await writeBeyond(begun)
  const lease = await begun.store.leases.take('property:grand', minute)
  await begun.look()
  expect(await begun.restored()).toBe(false)
  await begun.store.leases.release('property:grand', lease?.token ?? 0, '')
  await begun.look()
  expect(await begun.restored()).toBe(true)
})

test('what it asks for counts in the budget that the last process has left, and is left to the next', async () => {
  const begun = await begin()
  const lease = await begun.store.leases.take('property:grand', minute)
  const times = Array.from({ length: 170 }, () => begun.clock.now())
  const record = JSON.stringify({ v: 2, times, open: 0 })
  await begun.store.leases.release('property:grand', lease?.token ?? 0, record)
  await begun.look()
  const left = await begun.store.leases.take('property:grand', minute)
  const { times: made, open } = JSON.parse(left?.note ?? '')
  expect(open).toBe(0)
  expect(made.length).toBeGreaterThan(170)
  expect(begun.hotel.budget.state().left).toBe(180 - made.length)
})

test('another connector that was seen before says nothing of the age of the records', async () => {
  const begun = await begin()
  await writeBeyond(begun)
  const at = begun.clock.now()
  const seen = { firstAt: at, lastAt: at, turns: 1, threads: 0 }
  await begun.store.marks.set('others:grand', JSON.stringify({ turnsTo: at, threadsTo: at, seen }))
  await begun.look()
  expect(await begun.restored()).toBe(false)
})

test('a Mews that refuses keeps nothing from starting', async () => {
  const begun = await begin()
  await writeBeyond(begun)
  begun.mews.fail({ kind: 'answer', applied: false, answer: { status: 503, body: {} } }, { times: 10 })
  await begun.look()
  expect(await begun.restored()).toBe(false)
  expect(begun.warnings()).toMatchObject([
    { message: expect.stringContaining('no answer of Mews has shown its clock') },
    { message: expect.stringContaining('could not be seen') },
  ])
})
