import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { patience } from '../../fakes/clock.ts'
import { conversations } from '../../fakes/botframework/activities.ts'
import { createFakeServer, type Fault, type FakeRequest, type FakeServer } from '../../fakes/server.ts'
import { createSystemFixture, type SystemFixture } from '../support/system-fixture.ts'

let system: SystemFixture
/** Stands between the platforms and the connector, and loses answers. */
let between: FakeServer

const ownHeaders: ReadonlySet<string> = new Set(['host', 'connection', 'content-length', 'transfer-encoding'])

const passOn = async ({ path, headers, body }: FakeRequest): Promise<{ readonly status: number }> => {
  const kept = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    ownHeaders.has(name) ? [] : [[name, String(value)]],
  )
  const response = await fetch(`${system.connector.url}${path}`, { method: 'POST', headers: kept, body })
  await response.arrayBuffer()
  return { status: response.status }
}

const says =
  (text: string) =>
  ({ body }: FakeRequest): boolean =>
    body.includes(`"text":"${text}"`)

beforeAll(async () => {
  system = await createSystemFixture()
  between = await createFakeServer(passOn)
  await system.connector.start()
  system.slack.connect(`${between.url}/slack/events`)
})
afterAll(async () => {
  await system.close()
  await between.close()
})

/** What each thread holds of the guest of a test, whose words all end alike. */
const written = (guest: string): readonly (readonly string[])[] =>
  system.mews
    .threads()
    .map(({ id }) => system.mews.messages(id).map(({ text }) => text))
    .filter(([first = '']) => first.endsWith(guest))

const lost: Readonly<Record<string, Fault>> = {
  'is reset': { kind: 'reset', applied: true },
  'becomes a 502 on its way': { kind: 'answer', applied: true, answer: { status: 502, body: '' } },
}

test.each(Object.entries(lost))(
  'what Slack sends four times, because the answer %s, arrives once and in order',
  async (name, fault) => {
    const { slack } = system
    const texts = [`one, which ${name}`, `two, which ${name}`]
    const channel = `D0${name.toUpperCase().replaceAll(/\W/g, '')}`
    for (const text of texts) {
      between.fail(fault, { times: 3, match: says(text) })
      await slack.taken(slack.say({ channel, user: 'U0PENELOPE', text }))
    }
    await vi.waitFor(() => expect(written(name)).toEqual([texts]), patience)
    expect(texts.map((text) => between.requests.filter(says(text)).length)).toEqual([4, 4])
  },
)

test('what Teams sends again, because no answer came for 15 s, arrives once and in order', async () => {
  const { teams } = system
  const from = { id: '29:penelope', name: 'Penelope Morgan' }
  const [one, two, three] = ['one in Teams', 'two in Teams', 'three in Teams']
  const post = (text: string, patienceMs?: number): Promise<readonly number[]> =>
    teams.post(between.url, { ...teams.activities.message(text), from }, { patienceMs: patienceMs ?? 15_000 })
  between.fail({ kind: 'hang', applied: true }, { match: says(one) })
  const first = post(one, 2_000)
  await vi.waitFor(() => expect(written('Teams')).toEqual([[one]]), patience)
  expect(await post(two)).toEqual([200])
  expect(await first).toEqual([0, 200])
  expect(await post(three)).toEqual([200])
  await vi.waitFor(() => expect(written('Teams')).toEqual([[one, two, three]]), patience)
  expect(teams.connector.posted(conversations.personal.id).length).toBeLessThan(2)
})

test('what Slack sends again after the connector was killed arrives once', async () => {
  const { slack, connector } = system
  const [one, two] = ['one after a kill', 'two after a kill']
  const say = (text: string): void => void slack.say({ channel: 'D0KILLED', user: 'U0PENELOPE', text })
  const meanwhile = (): void => void connector.kill().then(() => connector.start())
  between.fail({ kind: 'hang', applied: true, meanwhile }, { match: says(one) })
  slack.connect(`${between.url}/slack/events`, { pausesMs: [0, 5_000, 60_000] })
  say(one)
  await slack.settled()
  say(two)
  await vi.waitFor(() => expect(written('kill')).toEqual([[one, two]]), patience)
})
