import { afterAll, beforeAll } from 'vitest'
import { historiesContract } from '../contracts/store-histories.ts'
import { storeContract } from '../contracts/store.ts'
import { createPostgresServer, type PostgresServer } from '../fakes/postgres.ts'
import { createPostgresDatabase } from './postgres-database.ts'

let server: PostgresServer
beforeAll(async () => {
  server = await createPostgresServer()
})
afterAll(async () => {
  await server.dispose()
})

storeContract('PostgreSQL', () => createPostgresDatabase(server))
historiesContract('PostgreSQL', () => createPostgresDatabase(server), { runs: 25, restartFrees: false })
