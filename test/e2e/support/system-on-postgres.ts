import { afterAll, beforeAll } from 'vitest'
import { createPostgresServer, type PostgresServer } from '../../fakes/postgres.ts'
import { createSystemFixture, type SystemFixture } from './system-fixture.ts'

/** A system that keeps something on a PostgreSQL server which can be taken away. */
export interface SystemOnPostgres {
  readonly system: SystemFixture
  readonly server: PostgresServer
  /** A guest of Teams says something once; resolves with the statuses. */
  readonly say: (text: string) => Promise<readonly number[]>
  /** The texts of each of the hotel's threads. */
  readonly written: () => readonly (readonly string[])[]
}

/** One for the tests of a file: `setting` says by its address what lies there. */
export const useSystemOnPostgres = (setting: 'DATABASE_URL' | 'KEYV_URL'): (() => SystemOnPostgres) => {
  let current: SystemOnPostgres | undefined
  beforeAll(async () => {
    const server = await createPostgresServer()
    const system = await createSystemFixture({ [setting]: await server.database() })
    const { teams, mews, connector } = system
    current = {
      system,
      server,
      say: (text) =>
        teams.post(connector.url, teams.activities.message(text), { times: 1, patienceMs: 20_000 }),
      written: () => mews.threads().map(({ id }) => mews.messages(id).map((message) => message.text)),
    }
    await connector.start()
  })
  afterAll(async () => {
    await current?.system.close()
    await current?.server.dispose()
  })
  return () => {
    if (current === undefined) throw new Error('the system is made before the tests')
    return current
  }
}
