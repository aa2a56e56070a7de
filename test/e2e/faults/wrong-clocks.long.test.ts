import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { wrongClockOption } from '../support/random-clock.ts'
import { minute, patience } from '../../fakes/clock.ts'
import { createPostgresServer, type PostgresServer } from '../../fakes/postgres.ts'
import { type Cluster, createCluster } from '../support/cluster.ts'
import { inDirectMessage } from '../support/guests.ts'
import { createSystemFixture, type SystemFixture } from '../support/system-fixture.ts'

/** By then another process has replaced the one that died. */
const takeOverMs = 15_000

/** For how long leases are held at most, by the database's clock: so long nobody else takes over. */
const leasesLastMs = async (url: string): Promise<number> => {
  const client = new Client(url)
  await client.connect()
  const { rows } = await client.query(
    `select max(until)::float8 - extract(epoch from clock_timestamp())::float8 * 1000 as ms
    from (select until from lease union all select lease_until from lane) as held`,
  )
  await client.end()
  return rows[0].ms
}

let server: PostgresServer
let system: SystemFixture
let cluster: Cluster
beforeAll(async () => {
  server = await createPostgresServer()
})
afterEach(() => system.close())
afterAll(() => server.dispose())

test.each([90_000, -90_000, 4 * minute, -4 * minute])(
  'two processes whose clocks are wrong by %i ms and not: one dies, and the other one goes on at once',
  async (aheadMs) => {
    const url = await server.database()
    const settings = { DATABASE_URL: url }
    system = await createSystemFixture(settings, {}, async (given) => {
      cluster = await createCluster(2, given)
      return cluster
    })
    const [wrong, right] = cluster.instances
    if (wrong === undefined || right === undefined) throw new Error('there are no two processes')
    await wrong.start({ NODE_OPTIONS: wrongClockOption, WRONG_CLOCK_MS: String(aheadMs) })
    await right.start()
    const guest = inDirectMessage(system, 1)
    system.slack.connect(`${wrong.url}/slack/events`)
    await guest.say('one')
    await vi.waitFor(() => expect(system.mews.threads()).toHaveLength(1), patience)
    const [thread] = system.mews.threads()
    const id = thread?.id ?? ''
    await vi.waitFor(() => expect(system.mews.messages(id)).toHaveLength(1), patience)
    expect(await leasesLastMs(url)).toBeLessThanOrEqual(takeOverMs)
    await wrong.kill()
    system.slack.connect(`${right.url}/slack/events`)
    await guest.say('two')
    await vi.waitFor(() => expect(system.mews.messages(id).map(({ text }) => text)).toEqual(['one', 'two']), {
      ...patience,
      timeout: 120_000,
    })
    system.mews.reply(id, 'Good evening')
    await vi.waitFor(() => expect(guest.heard().join(' ')).toContain('Good evening'), patience)
  },
)
