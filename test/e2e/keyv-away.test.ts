import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createPostgresServer, type PostgresServer } from '../fakes/postgres.ts'
import { patience } from '../patience.ts'
import { createWorld, type World } from './world.ts'

let server: PostgresServer
let world: World
beforeAll(async () => {
  server = await createPostgresServer()
  world = await createWorld({ KEYV_URL: await server.database() })
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
const written = (): readonly (readonly string[])[] =>
  world.mews.threads().map(({ id }) => world.mews.messages(id).map(({ text }) => text))
/** Resolves when the backend was asked in vain once more. */
const refused = async (): Promise<void> => {
  const before = failures()
  await vi.waitFor(() => expect(failures()).toBeGreaterThan(before), patience)
}
const failures = (): number => world.connector.output.split('lane waits').length

test('while the backend of bindings is away turns wait, and no second thread is opened, also after a restart', async () => {
  expect(await say('one')).toEqual([200])
  await vi.waitFor(() => expect(written()).toEqual([['one']]), patience)

  await server.crash()
  expect(await say('two')).toEqual([200])
  await refused()
  expect(written()).toEqual([['one']])

  await world.connector.kill()
  await world.connector.start()
  expect(await say('three')).toEqual([200])
  await refused()
  expect(written()).toEqual([['one']])

  await server.start()
  await vi.waitFor(() => expect(written()).toEqual([['one', 'two', 'three']]), patience)
  const [thread] = world.mews.threads()
  world.mews.reply(thread?.id ?? '', 'four')
  const { id } = world.teams.activities.message('')['conversation'] as { readonly id: string }
  const posted = () => world.teams.connector.posted(id).map(({ activity }) => activity['text'])
  await vi.waitFor(() => expect(posted()).toContain('four'), patience)
  expect(await world.connector.stop()).toBe(0)
})
