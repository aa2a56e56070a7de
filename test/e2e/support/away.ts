import { afterAll, beforeAll } from 'vitest'
import { createPostgresServer, type PostgresServer } from '../../fakes/postgres.ts'
import { createSystemFixture, type SystemFixture } from './system-fixture.ts'

/** A world of which something lies on a PostgreSQL server that can be taken away. */
export interface WorldOnPostgres {
  readonly world: SystemFixture
  readonly server: PostgresServer
  /** A guest of Teams says something once; resolves with the statuses. */
  readonly say: (text: string) => Promise<readonly number[]>
  /** The texts of each of the hotel's threads. */
  readonly written: () => readonly (readonly string[])[]
}

/** One for the tests of a file: `setting` says by its address what lies there. */
export const useWorldOnPostgres = (setting: 'DATABASE_URL' | 'KEYV_URL'): (() => WorldOnPostgres) => {
  let current: WorldOnPostgres | undefined
  beforeAll(async () => {
    const server = await createPostgresServer()
    const world = await createSystemFixture({ [setting]: await server.database() })
    const { teams, mews, connector } = world
    current = {
      world,
      server,
      say: (text) =>
        teams.post(connector.url, teams.activities.message(text), { times: 1, patienceMs: 20_000 }),
      written: () => mews.threads().map(({ id }) => mews.messages(id).map((message) => message.text)),
    }
    await connector.start()
  })
  afterAll(async () => {
    await current?.world.close()
    await current?.server.dispose()
  })
  return () => {
    if (current === undefined) throw new Error('there is no world yet')
    return current
  }
}
