import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { patience } from '../../fakes/clock.ts'
import { createFakePooler, type FakePooler } from '../../fakes/pooler.ts'
import { createPostgresServer, type PostgresServer } from '../../fakes/postgres.ts'
import { type Cluster, createCluster } from '../support/cluster.ts'
import { createSystemFixture, type SystemFixture } from '../support/system-fixture.ts'

let server: PostgresServer
let pooler: FakePooler
let system: SystemFixture
let cluster: Cluster
beforeAll(async () => {
  server = await createPostgresServer()
  const url = await server.database()
  pooler = await createFakePooler(url)
  system = await createSystemFixture({ DATABASE_URL: pooler.through(url) }, {}, async (settings) => {
    cluster = await createCluster(2, settings)
    return cluster
  })
  await system.connector.start()
})
afterAll(async () => {
  await system.close()
  await pooler.close()
  await server.dispose()
})

test('behind a pooler that swallows LISTEN, what one process records another one delivers', async () => {
  const { mews, teams } = system
  const written = () => mews.threads().flatMap(({ id }) => mews.messages(id).map(({ text }) => text))
  const said: string[] = []
  // One of the processes holds the hotel's lease: what the other one records must reach it.
  for (const text of ['one', 'two', 'three']) {
    for (const { url } of cluster.instances) {
      said.push(`${text} to ${url}`)
      await teams.post(url, teams.activities.message(`${text} to ${url}`))
      await vi.waitFor(() => expect(written()).toEqual(said), patience)
    }
  }
  const [thread] = mews.threads()
  mews.reply(thread?.id ?? '', 'gladly')
  const { id } = teams.activities.message('')['conversation'] as { readonly id: string }
  const posted = () => teams.connector.posted(id).map(({ activity }) => activity['text'])
  await vi.waitFor(() => expect(posted()).toContain('gladly'), patience)
  expect(pooler.swallowed).toBeGreaterThanOrEqual(cluster.instances.length)
})
