import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { fakeAppToken } from '../fakes/slack-sockets.ts'
import { places } from './places.ts'
import { createWorld, type World } from './world.ts'

const patience = { timeout: 20_000, interval: 50 }

let world: World
beforeAll(async () => {
  world = await createWorld({
    SLACK_SIGNING_SECRET: '',
    SLACK_APP_TOKEN: fakeAppToken,
    MEWS_SYNC_SECONDS: '1',
  })
  const { slack, mews, connector } = world
  slack.connect(slack.sockets.target)
  // Behind a firewall nobody reaches the connector, Mews no more than Slack.
  mews.announceTo('http://127.0.0.1:9/')
  await connector.start()
})
afterAll(() => world.close())

test.each(Object.entries(places).filter(([name]) => name.includes('Slack')))(
  'behind a firewall the conversation goes both ways in %s, also when the connector is killed',
  async (_place, createPlace) => {
    const { mews, connector } = world
    const before = mews.threads().length
    const place = createPlace(world)
    await place.say('Is the pool open?')
    await connector.kill()
    await connector.start()
    await vi.waitFor(() => expect(mews.threads()).toHaveLength(before + 1), patience)
    const { id } = mews.threads().at(-1) ?? { id: '' }
    const texts = () => mews.messages(id).map(({ text }) => text)
    await vi.waitFor(() => expect(texts()).toEqual(['Is the pool open?']), patience)
    mews.reply(id, 'Until ten.')
    await vi.waitFor(() => expect(place.heard()).toEqual(['Until ten.']), patience)
    await connector.kill()
    // Slack finds nobody until the connector is back.
    const said = place.say('Thank you!')
    await connector.start()
    await said
    await vi.waitFor(
      () => expect(texts()).toEqual(['Is the pool open?', 'Until ten.', 'Thank you!']),
      patience,
    )
    expect(mews.threads()).toHaveLength(before + 1)
    expect(connector.output).not.toMatch(/xapp-|xoxb-|ticket-|pool/)
  },
)

test('the program ends cleanly while the connection stands', async () => {
  expect(world.slack.sockets.count()).toBe(1)
  expect(await world.connector.stop()).toBe(0)
  expect(world.slack.sockets.count()).toBe(0)
})
