import { openStore } from '../../../src/store/open.ts'
import type { TestDatabase } from '../../contracts/store/harness.ts'
import { createManualClock } from '../../fakes/clock.ts'
import type { PostgresServer } from '../../fakes/postgres.ts'

export interface PostgresDatabase extends TestDatabase {
  readonly url: string
}

let copies = 0
const prepared = new WeakMap<PostgresServer, Promise<string>>()

/** A database of its own on a server, with the schema of the newest version; `apart`: opened on threads of its own. */
export const createPostgresDatabase = async (
  server: PostgresServer,
  { apart = false } = {},
): Promise<PostgresDatabase> => {
  const name = `copy_${(copies += 1)}`
  const url = await server.copy(await prepare(server), name)
  return {
    url,
    open: (clock, { exclusive = true } = {}) => openStore({ url, clock, exclusive, apart }),
    dropTable: async (table) => void (await server.run(url, `drop table ${table}`)),
    destroy: () => server.drop(name),
  }
}

/** The name of a database with every table and nothing in it: a copy of it takes half as long as to make the tables. */
const prepare = (server: PostgresServer): Promise<string> => {
  const name = 'prepared'
  const known = prepared.get(server)
  if (known !== undefined) return known
  const making = server.copy('template1', name).then(async (url) => {
    const store = await openStore({ url, clock: createManualClock(), exclusive: true })
    await store.close()
    return name
  })
  prepared.set(server, making)
  return making
}
