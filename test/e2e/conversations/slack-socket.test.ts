import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { patience } from '../../fakes/clock.ts'
import { fakeAppToken } from '../../fakes/slack/sockets.ts'
import { conversationKinds } from '../support/conversation-kinds.ts'
import { createSystemFixture, type SystemFixture } from '../support/system-fixture.ts'

let system: SystemFixture
beforeAll(async () => {
  system = await createSystemFixture({
    SLACK_SIGNING_SECRET: '',
    SLACK_APP_TOKEN: fakeAppToken,
    MEWS_SYNC_SECONDS: '1',
  })
  const { slack, mews, connector } = system
  slack.connect(slack.sockets.target)
  // Behind a firewall nobody reaches the connector, Mews no more than Slack.
  mews.announceTo('http://127.0.0.1:9/')
  await connector.start()
})
afterAll(() => system.close())

test('behind a firewall the conversation goes both ways, also when the connector is killed, wherever guests of Slack write', async () => {
  const { mews, connector } = system
  const guests = Object.entries(conversationKinds).flatMap(([name, createPlace]) =>
    name.includes('Slack') ? [{ ...createPlace(system), words: `Is the pool open? I ask in ${name}` }] : [],
  )
  const threadOf = (words: string): string =>
    mews.threads().find(({ id }) => mews.messages(id)[0]?.text === words)?.id ?? ''
  const expectTexts = (...after: readonly string[]): Promise<void> =>
    vi.waitFor(() => {
      const written = guests.map(({ words }) => mews.messages(threadOf(words)).map(({ text }) => text))
      expect(written).toEqual(guests.map(({ words }) => [words, ...after]))
    }, patience)
  await Promise.all(guests.map((guest) => guest.say(guest.words)))
  await connector.kill()
  await connector.start()
  await expectTexts()
  for (const { words } of guests) mews.reply(threadOf(words), 'Until ten.')
  const heard = () => guests.map((guest) => guest.heard())
  await vi.waitFor(() => expect(heard()).toEqual(guests.map(() => ['Until ten.'])), patience)
  await connector.kill()
  // Slack finds nobody until the connector is back.
  const said = guests.map((guest) => guest.say('Thank you!'))
  await connector.start()
  await Promise.all(said)
  await expectTexts('Until ten.', 'Thank you!')
  expect(mews.threads()).toHaveLength(guests.length)
  expect(connector.output).not.toMatch(/xapp-|xoxb-|ticket-|pool/)
})

test('the program ends cleanly while the connection stands', async () => {
  expect(system.slack.sockets.count()).toBe(1)
  expect(await system.connector.stop()).toBe(0)
  expect(system.slack.sockets.count()).toBe(0)
})
