import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { patience } from '../../fakes/clock.ts'
import { createFakeMews, type FakeMews } from '../../fakes/mews/mews.ts'
import { createFakeSlack, fakeWorkspace, type FakeSlack } from '../../fakes/slack/slack.ts'
import { type Program, runProgram } from '../support/run-program.ts'
import { createSystemFixture, type SystemFixture } from '../support/system-fixture.ts'

const texts = Array.from({ length: 10 }, (_, number) => `text ${number}`)

describe('a stop under load', () => {
  let system: SystemFixture
  beforeEach(async () => {
    system = await createSystemFixture()
    await system.connector.start()
  })
  afterEach(() => system.close())

  test('ends within 10 s with exit code 0, and after the next start everything is there once', async () => {
    const { mews, slack, connector } = system
    const guests = Array.from({ length: 8 }, (_, number) => `D0GUEST${number}`)
    mews.fail({ kind: 'late', applied: true, ms: 300 }, { operation: 'messages/add', times: 3 })
    for (const [number, text] of texts.entries()) {
      for (const channel of guests) slack.say({ channel, user: 'U0PENELOPE', text })
      await slack.settled()
      for (const { id } of mews.threads()) mews.reply(id, `answer ${number}`)
    }
    const before = performance.now()
    expect(await connector.stop()).toBe(0)
    expect(performance.now() - before).toBeLessThan(10_000)
    expect(connector.output).not.toContain('"level":50')
    await connector.start()
    const written = (): readonly (readonly string[])[] =>
      mews
        .threads()
        .map(({ id }) =>
          mews.messages(id).flatMap(({ text, sender }) => (sender === 'Application' ? text : [])),
        )
    await vi.waitFor(() => expect(written()).toEqual(guests.map(() => texts)), patience)
    const answers = mews
      .threads()
      .flatMap(({ id }) =>
        mews.messages(id).flatMap(({ text, sender }) => (sender === 'Enterprise' ? text : [])),
      )
    const heardBy = (channel: string): readonly string[] =>
      slack.posted(channel).filter((text) => text.startsWith('answer'))
    const heard = (): readonly string[] => guests.flatMap(heardBy)
    await vi.waitFor(() => expect(heard().toSorted()).toEqual(answers.toSorted()), patience)
    for (const channel of guests) expect(heardBy(channel)).toEqual(heardBy(channel).toSorted())
  })
})

describe('a stop behind a load balancer', () => {
  let system: SystemFixture
  beforeEach(async () => {
    system = await createSystemFixture({ STOP_DELAY_SECONDS: '3' })
    await system.connector.start()
  })
  afterEach(() => system.close())

  test('says that it is not ready while it still takes what is sent to it', async () => {
    const { mews, teams, connector } = system
    const stopped = connector.stop()
    const ready = async (): Promise<number> => (await fetch(`${connector.url}/readyz`)).status
    await vi.waitFor(async () => expect(await ready()).toBe(503), patience)
    const sent = teams.post(connector.url, teams.activities.message('on the way out'), { times: 1 })
    expect(await sent).toEqual([200])
    expect(await stopped).toBe(0)
    await connector.start()
    const written = () => mews.threads().flatMap(({ id }) => mews.messages(id).map(({ text }) => text))
    await vi.waitFor(() => expect(written()).toEqual(['on the way out']), patience)
  })
})

describe('one database', () => {
  let folder: string
  let mews: FakeMews
  let slack: FakeSlack
  let settings: Readonly<Record<string, string>>
  const programs: Program[] = []

  const run = (): Program => {
    const program = runProgram(settings)
    programs.push(program)
    return program
  }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mews-chat-'))
    mews = await createFakeMews()
    slack = await createFakeSlack()
    settings = {
      HOST: '127.0.0.1',
      PORT: '0',
      DATABASE_URL: `sqlite:${join(folder, 'connector.db')}`,
      MEWS_PLATFORM_ADDRESS: mews.url,
      MEWS_CLIENT_TOKEN: mews.clientToken,
      MEWS_ACCESS_TOKEN: mews.properties[0]?.accessToken ?? '',
      MEWS_WEBHOOK_TOKEN: 'webhook-token-of-the-tests',
      SLACK_SIGNING_SECRET: fakeWorkspace.signingSecret,
      SLACK_BOT_TOKEN: fakeWorkspace.botToken,
      SLACK_API_URL: slack.url,
    }
  })
  afterEach(async () => {
    for (const program of programs.splice(0)) {
      program.signal('SIGKILL')
      await program.ended
    }
    await Promise.all([mews.close(), slack.close()])
    await rm(folder, { recursive: true })
  })

  test('is served by one process: a second one is refused, told why, and does the first no harm', async () => {
    const first = run()
    await first.begun
    const second = run()
    expect(await second.ended).toBe(1)
    expect(second.output).toMatch(/Another serve is running on .*connector\.db: .*DATABASE_URL/)
    expect(second.output).not.toContain('    at ')
    first.signal('SIGTERM')
    expect(await first.ended).toBe(0)
    const third = run()
    await third.begun
    expect(third.output).toContain('listening on')
  })

  test.each([
    ['SIGTERM', 'SIGTERM'],
    ['SIGINT', 'SIGTERM'],
  ] as const)('%s lets what is in flight end, %s ends it at once', async (first, second) => {
    mews.fail({ kind: 'hang', applied: false }, { operation: 'messages/add' })
    const program = run()
    await program.begun
    const [address = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(program.output) ?? []
    slack.connect(`${address}/slack/events`)
    slack.say({ channel: 'D0GUEST', user: 'U0GUEST', text: 'Hello' })
    await vi.waitFor(() => expect(mews.requests.at(-1)?.path).toContain('messages/add'), patience)
    program.signal(first)
    await vi.waitFor(() => expect(program.output).toContain('connector stopping'), patience)
    program.signal(second)
    expect(await program.ended).toBe(second)
  })
})
