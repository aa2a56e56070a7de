import { openStore } from '../../../src/store/open.ts'
import type { TestDatabase } from '../../contracts/store/harness.ts'
import type { PostgresServer } from '../../fakes/postgres.ts'

export interface PostgresDatabase extends TestDatabase {
  readonly url: string
}

/** A database of its own on a server; `apart`: opened on threads of its own. */
export const createPostgresDatabase = async (
  server: PostgresServer,
  { apart = false } = {},
): Promise<PostgresDatabase> => {
  const url = await server.database()
  return {
    url,
    open: (clock, { exclusive = true } = {}) => openStore({ url, clock, exclusive, apart }),
    dropTable: async (name) => void (await server.run(url, `drop table ${name}`)),
    destroy: async () => {},
  }
}
