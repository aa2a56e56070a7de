import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { patience } from '../../fakes/clock.ts'
import { createPostgresServer, type PostgresServer } from '../../fakes/postgres.ts'
import { type Cluster, createCluster } from '../support/cluster.ts'
import { inDirectMessage } from '../support/guests.ts'
import { findButton, isQuestion, twoHotels, twoHotelsFile, withoutOneHotel } from '../support/which-hotel.ts'
import { createSystemFixture, type SystemFixture } from '../support/system-fixture.ts'

let server: PostgresServer
let folder: string
let system: SystemFixture
let cluster: Cluster
beforeAll(async () => {
  server = await createPostgresServer()
  folder = await mkdtemp(join(tmpdir(), 'hotels-shared-'))
  const file = join(folder, 'hotels.yaml')
  await writeFile(file, twoHotelsFile())
  const settings = {
    ...withoutOneHotel,
    CONFIG_FILE: file,
    DATABASE_URL: await server.database(),
    ADMIN_TOKEN: 'the-token-of-the-tests',
  }
  system = await createSystemFixture(settings, { properties: twoHotels }, async (given) => {
    cluster = await createCluster(2, given)
    return cluster
  })
  await system.connector.start()
})
afterAll(async () => {
  await system.close()
  await server.dispose()
  await rm(folder, { recursive: true })
})

const threadsOf = (index: number, name: string): readonly (readonly string[])[] =>
  system.mews
    .threads(twoHotels[index]?.enterpriseId)
    .filter(({ originalSender }) => originalSender === name)
    .map(({ id }) => system.mews.messages(id).map(({ text }) => text))

test('two processes share the guests of two hotels: each is asked once, and answers through the other process', async () => {
  const { slack } = system
  const guests = Array.from({ length: 6 }, (_, index) => {
    const number = index + 1
    const [first = '', second = ''] = [...cluster.instances, ...cluster.instances]
      .slice(index % 2)
      .map(({ url }) => url)
    const place = { channel: `D0GUEST${number}`, user: `U0GUEST${number}` }
    return {
      number,
      place,
      guest: inDirectMessage(system, number),
      hotel: index % 3 === 0 ? 0 : 1,
      first,
      second,
    }
  })
  type Guest = (typeof guests)[number]
  const sayThrough = (url: string, { guest }: Guest, text: string): Promise<boolean> => {
    slack.connect(`${url}/slack/events`)
    return guest.say(text)
  }
  const everybody = (act: (each: Guest) => Promise<unknown>): Promise<unknown> => Promise.all(guests.map(act))

  await everybody((each) => sayThrough(each.first, each, 'one'))
  await everybody((each) => sayThrough(each.second, each, 'two'))
  for (const { guest } of guests)
    await vi.waitFor(() => expect(guest.heard().filter(isQuestion)).toHaveLength(1), patience)
  await everybody((each) => sayThrough(each.first, each, 'three'))
  await everybody(async ({ place, hotel, second }) =>
    expect(await findButton(slack, place, hotel)?.(second)).toBe(200),
  )
  await everybody((each) => sayThrough(each.first, each, 'four'))

  const written = ['one', 'two', 'three', 'four']
  for (const { number, hotel, guest } of guests) {
    const name = `Guest ${number}`
    await vi.waitFor(() => expect(threadsOf(hotel, name)).toEqual([written]), patience)
    expect(threadsOf(1 - hotel, name)).toEqual([])
    // The question says what was chosen now; beside it there is at most one reminder.
    await vi.waitFor(() => expect(guest.heard().filter(isQuestion)).toEqual([]), patience)
    expect(guest.heard().length).toBeLessThanOrEqual(2)
  }
})

/** What every process exports of a metric of the hotels, one line for each. */
const exported = async (name: string): Promise<readonly string[]> => {
  const texts = cluster.instances.map(async ({ url }) => (await fetch(`${url}/metrics`)).text())
  const lines = (await Promise.all(texts)).flatMap((text) => text.split('\n'))
  return lines.filter((line) => line.startsWith(`${name}{`)).toSorted()
}

/** What every process's console says of the first hotel. */
const shown = (): Promise<readonly string[]> =>
  Promise.all(
    cluster.instances.map(async ({ url }) => {
      const signedIn = await fetch(`${url}/admin/sign-in`, {
        method: 'POST',
        redirect: 'manual',
        body: new URLSearchParams({ token: 'the-token-of-the-tests' }),
      })
      const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
      const page = await (await fetch(`${url}/admin/status`, { headers: { cookie } })).text()
      const [first = ''] = /<section class="card">[^]*?<\/section>/.exec(page) ?? []
      return /<dt>Mews<\/dt>\s*<dd>([^]*?)<\/dd>/.exec(first)?.[1]?.replaceAll(/<[^>]+>|\s+/g, ' ') ?? ''
    }),
  )

/** What is exported of both hotels when the first is paused or not. */
const paused = (first: 0 | 1): readonly string[] =>
  twoHotels.map(
    ({ name }, index) => `mews_chat_property_paused{property="${name}"} ${index === 0 ? first : 0}`,
  )

test('how a hotel fares is told by the process that works for it, and shown by both', async () => {
  await vi.waitFor(
    async () => expect(await exported('mews_chat_property_paused')).toEqual(paused(0)),
    patience,
  )
  expect(await exported('mews_chat_mews_requests_left')).toHaveLength(2)

  const { mews } = system
  const refusal = { status: 401, body: { Message: 'Invalid AccessToken.' } }
  mews.fail(
    { kind: 'answer', applied: false, answer: refusal },
    { times: 10_000, accessToken: twoHotels[0]?.accessToken ?? '' },
  )
  const [thread] = mews.threads(twoHotels[0]?.enterpriseId)
  mews.reply(thread?.id ?? '', 'Good evening')
  await vi.waitFor(
    async () => expect(await exported('mews_chat_property_paused')).toEqual(paused(1)),
    patience,
  )
  const saysWhy = expect.stringMatching(/paused .*since .*: .*not authorised/)
  await vi.waitFor(async () => expect(await shown()).toEqual([saysWhy, saysWhy]), patience)

  mews.heal()
  await vi.waitFor(
    async () => expect(await exported('mews_chat_property_paused')).toEqual(paused(0)),
    patience,
  )
  const reachable = expect.stringContaining('reachable')
  await vi.waitFor(async () => expect(await shown()).toEqual([reachable, reachable]), patience)
})
