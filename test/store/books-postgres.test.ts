import { afterAll, beforeAll } from 'vitest'
import { describeBooks } from '../contracts/store-books.ts'
import { createPostgresServer, type PostgresServer } from '../fakes/postgres.ts'
import { createPostgresDatabase } from './postgres-database.ts'

let server: PostgresServer
beforeAll(async () => {
  server = await createPostgresServer()
})
afterAll(() => server.dispose())

describeBooks(() => createPostgresDatabase(server))
