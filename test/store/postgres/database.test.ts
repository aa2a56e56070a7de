import { afterAll, beforeAll, expect, test } from 'vitest'
import { historiesContract } from '../../contracts/store/histories.ts'
import { storeApartContract } from '../../contracts/store/worker.ts'
import { storeContract } from '../../contracts/store/store.ts'
import { createManualClock } from '../../fakes/clock.ts'
import { createPostgresServer, type PostgresServer } from '../../fakes/postgres.ts'
import { createPostgresDatabase } from './database.ts'

let server: PostgresServer
beforeAll(async () => {
  server = await createPostgresServer()
})
afterAll(async () => {
  await server.dispose()
})

storeContract('PostgreSQL', () => createPostgresDatabase(server))
historiesContract('PostgreSQL', () => createPostgresDatabase(server), { runs: 25, restartFrees: false })
storeApartContract('PostgreSQL', () => createPostgresDatabase(server, { apart: true }), {
  notNull: '23502',
  shared: true,
})

test('ids are compared byte by byte, whatever language the database speaks', async () => {
  const database = await createPostgresDatabase(server)
  await (await database.open(createManualClock({ skipSleeps: true }))).close()
  const indexed = await server.run(
    database.url,
    `select distinct relname || '.' || attname as name, collname from pg_index
      join pg_class on pg_class.oid = indrelid
      join pg_attribute on attrelid = indrelid and attnum = any(indkey)
      join pg_collation on pg_collation.oid = attcollation
      where relnamespace = current_schema()::regnamespace`,
  )
  expect(indexed.length).toBeGreaterThan(15)
  expect(indexed.filter(({ collname }) => collname !== 'C')).toEqual([])
})
