import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../../src/clock.ts'
import type { Backend } from '../../../src/store/dialect.ts'
import { openPostgres } from '../../../src/store/postgres/database.ts'
import { createPostgresSpool } from '../../../src/store/postgres/spool.ts'
import { openStore } from '../../../src/store/open.ts'
import { entry } from '../../contracts/store/harness.ts'
import { createFakePooler, type FakePooler } from '../../fakes/pooler.ts'
import { createPostgresServer, type PostgresServer } from '../../fakes/postgres.ts'

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

test.for([
  { apart: false, where: 'on the thread of the caller' },
  { apart: true, where: 'on threads of its own' },
])(
  'a store $where closes soon while the database does not answer, whatever was being written',
  async ({ apart }) => {
    const store = await openStore({ url: pooler.through(url), clock: systemClock, exclusive: true, apart })
    await store.log.record([entry('x', 'a')])
    pooler.hold(true)
    const written = store.log.record([entry('x', 'b')]).catch((error: unknown) => error)
    const listed = store.log.states(['x']).catch((error: unknown) => error)
    await store.close()
    // Cut off, before their own time was up.
    const cut = { code: 'unavailable', message: expect.stringContaining('terminated') as string }
    expect(await written).toMatchObject(cut)
    expect(await listed).toMatchObject(cut)
  },
)

test('what comes while a record fails fails as well: it must not stand before what is sent again', async () => {
  const store = await openStore({
    url: pooler.through(url),
    clock: systemClock,
    exclusive: true,
    apart: true,
  })
  await store.log.record([entry('x', 'c')])
  pooler.hold(true)
  const first = store.log.record([entry('x', 'd')]).catch((error: unknown) => error)
  await new Promise(setImmediate)
  await new Promise(setImmediate)
  const second = store.log.record([entry('x', 'e')]).catch((error: unknown) => error)
  await server.run(
    url,
    `select pg_terminate_backend(pid) from pg_stat_activity where query like 'insert into spool%'`,
  )
  expect(await first).toMatchObject({ code: 'unavailable' })
  pooler.hold(false)
  expect(await second).toMatchObject({ code: 'unavailable' })
  await store.log.record([entry('x', 'd')])
  await store.log.record([entry('x', 'e')])
  await store.close()
})
