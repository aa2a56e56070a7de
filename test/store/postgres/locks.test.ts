import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { openPostgres } from '../../../src/store/postgres/database.ts'
import { openStore } from '../../../src/store/open.ts'
import type { Store } from '../../../src/store/types.ts'
import { claimOne, entry } from '../../contracts/store/harness.ts'
import { createManualClock, patience } from '../../fakes/clock.ts'
import { createPostgresServer, type PostgresServer } from '../../fakes/postgres.ts'

const clock = createManualClock({ skipSleeps: true })
let server: PostgresServer
let url: string
let store: Store
/** Another process's transaction. */
let other: Client

beforeAll(async () => {
  server = await createPostgresServer()
})
afterAll(() => server.dispose())
beforeEach(async () => {
  url = await server.database()
  store = await openStore({ url, clock, exclusive: true })
  other = new Client(url)
  await other.connect()
  await other.query('begin')
})
afterEach(async () => {
  await other.query('rollback')
  await other.end()
  await store.close()
})

const lock = (lane: string) => other.query('select 1 from lane where id = $1 for update', [lane])

/** Resolves once the store's transaction waits for the other one. */
const untilItWaits = (): Promise<void> =>
  vi.waitFor(async () => {
    const { rows } = await other.query(
      "select 1 from pg_locks where not granted and locktype in ('transactionid', 'tuple', 'advisory')",
    )
    expect(rows).not.toEqual([])
  }, patience)

/** The lanes that nobody else has locked. */
const free = async (): Promise<readonly unknown[]> => {
  const { rows } = await other.query('select id from lane order by id collate "C" for update skip locked')
  return rows.map(({ id }) => id)
}

test('lanes are locked in one order, however they stand in the table and in the call', async () => {
  const lanes = ['z', 'ä', '_', 'a', 'Z', 'B', '9']
  for (const lane of lanes) await store.log.append([entry(lane, lane)])
  const inOrder = ['9', 'B', 'Z', '_', 'a', 'z', 'ä']
  for (const [at, lane] of inOrder.entries()) {
    await lock(lane)
    const appending = store.log.append(lanes.map((each) => entry(each, `${at} ${each}`)))
    await untilItWaits()
    // Whatever comes before the one that is missing is locked, and nothing behind it.
    expect(await free()).toEqual(inOrder.slice(at))
    await other.query('commit')
    await other.query('begin')
    expect(await appending).toEqual(lanes.map(() => true))
  }
})

test('nothing is known of a lane before it is locked: whoever took it over meanwhile keeps it', async () => {
  await store.log.append([entry('x', 'a')])
  const run = await claimOne(store)
  await lock('x')
  const settling = store.log.settle({
    lane: 'x',
    token: run.token,
    doneThrough: 1,
    nextStep: { next: 'release' },
    append: [entry('x', 'b')],
  })
  await untilItWaits()
  await other.query("update lane set token = token + 1 where id = 'x'")
  await other.query('commit')
  expect(await settling).toBe(false)
  const { rows } = await other.query("select head, tail, token from lane where id = 'x'")
  expect(rows).toEqual([{ head: '0', tail: '1', token: `${run.token + 1}` }])
})

test('positions are in the order of the commits, whoever began first', async () => {
  await store.log.append([entry('x', 'a')])
  await other.query("update lane set tail = tail + 1 where id = 'x'")
  await other.query("insert into entry (lane, pos, kind, payload, at) values ('x', 2, 'event', 'b', 1)")
  const appending = store.log.append([entry('x', 'c')])
  await untilItWaits()
  await other.query('commit')
  await appending
  const { entries } = await claimOne(store)
  expect(entries.map(({ pos, payload }) => [pos, payload])).toEqual([
    [1, 'a'],
    [2, 'b'],
    [3, 'c'],
  ])
})

test('whoever starts meanwhile waits until the migrations are done', async () => {
  const order: string[] = []
  const starting = Promise.withResolvers<Store>()
  const started = starting.promise.then((next) => {
    order.push('started')
    return next
  })
  const migrating = openPostgres(url)
  await migrating.db.transaction().execute(async (trx) => {
    await migrating.dialect.lockMigrations(trx)
    openStore({ url, clock, exclusive: true }).then(starting.resolve, starting.reject)
    await Promise.race([untilItWaits(), started])
    order.push('migrated')
  })
  const next = await started
  await Promise.all([next.close(), migrating.close()])
  expect(order).toEqual(['migrated', 'started'])
})
