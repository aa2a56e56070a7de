import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createPostgresServer, type PostgresServer } from '../fakes/postgres.ts'
import { createWorld, type World } from './world.ts'
import { patience } from '../patience.ts'

let server: PostgresServer
let world: World
beforeAll(async () => {
  server = await createPostgresServer()
  world = await createWorld({ DATABASE_URL: await server.database() })
  await world.connector.start()
})
afterAll(async () => {
  await world.close()
  await server.dispose()
})

const say = (text: string): Promise<readonly number[]> => {
  const { teams, connector } = world
  return teams.post(connector.url, teams.activities.message(text), { times: 1, patienceMs: 20_000 })
}
const ready = async (): Promise<number> => (await fetch(`${world.connector.url}/readyz`)).status
const arrived = (): readonly string[] =>
  world.mews.threads().flatMap(({ id }) => world.mews.messages(id).map(({ text }) => text))

test('while the database is away events get 503; when it is back everything goes on without a restart', async () => {
  expect(await say('Good evening')).toEqual([200])
  await vi.waitFor(() => expect(arrived()).toEqual(['Good evening']), patience)
  const started = world.connector.output.split('listening on').length

  await server.crash()
  expect(await say('Is anybody there?')).toEqual([503])
  expect(await ready()).toBe(503)
  expect((await fetch(`${world.connector.url}/healthz`)).status).toBe(200)

  await server.start()
  await vi.waitFor(async () => expect(await ready()).toBe(200), patience)
  expect(await say('Is anybody there?')).toEqual([200])
  const both = ['Good evening', 'Is anybody there?']
  await vi.waitFor(() => expect(arrived()).toEqual(both), patience)
  expect(world.connector.output.split('listening on')).toHaveLength(started)
})

test('it stops cleanly, also while the database is away', async () => {
  await server.crash()
  expect(await world.connector.stop()).toBe(0)
})
