import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import type { Backend } from '../../src/store/dialect.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { createPostgresSpool } from '../../src/store/spool-postgres.ts'
import { openStore } from '../../src/store/store.ts'
import { entry } from '../contracts/store-harness.ts'
import { createFakePooler, type FakePooler } from '../fakes/pooler.ts'
import { createPostgresServer, type PostgresServer } from '../fakes/postgres.ts'

let server: PostgresServer
let url = ''
let pooler: FakePooler
beforeAll(async () => {
  server = await createPostgresServer()
  url = await server.database()
  await (await openStore({ url, clock: systemClock, exclusive: false })).close()
})
afterAll(() => server.dispose())
beforeEach(async () => {
  pooler = await createFakePooler(url)
})
afterEach(() => pooler.close())

const begin = (backend: Backend): Promise<unknown> => backend.transact(async () => 'begun')

test('what is recorded after the database did not answer for a while is committed before it is acknowledged', async () => {
  const backend = openPostgres(pooler.through(url), 300)
  const spool = createPostgresSpool(backend)
  await begin(backend)
  pooler.hold(true)
  await expect(begin(backend)).rejects.toMatchObject({ code: 'unavailable' })
  pooler.hold(false)
  await spool.add([entry('x', 'a')])
  expect(await server.run(url, 'select size::int as size from spool')).toEqual([{ size: 1 }])
  expect(await server.run(url, "select 1 from pg_stat_activity where state = 'idle in transaction'")).toEqual(
    [],
  )
  await spool.close()
  await backend.close()
})

test('a store closes soon while the database does not answer, whatever was being written', async () => {
  const store = await openStore({ url: pooler.through(url), clock: systemClock, exclusive: true })
  pooler.hold(true)
  const written = store.log.record([entry('x', 'b')]).catch((error: unknown) => error)
  const listed = store.log.states(['x']).catch((error: unknown) => error)
  await store.close()
  expect(await written).toMatchObject({ code: 'unavailable' })
  expect(await listed).toMatchObject({ code: 'unavailable' })
})
