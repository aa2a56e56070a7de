import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { patience } from '../../fakes/clock.ts'
import { places } from '../support/places.ts'
import { createSystemFixture, type SystemFixture } from '../support/system-fixture.ts'

let world: SystemFixture
beforeAll(async () => {
  world = await createSystemFixture()
  await world.connector.start()
})
afterAll(() => world.close())

const alone = new Set(['a Slack direct message', 'a personal chat in Teams'])

test.each(Object.entries(places))(
  'help in %s is answered; said to the bot alone, the hotel reads it, too',
  async (name, create) => {
    const { mews } = world
    const known = mews.threads().length
    const help = create(world)
    await help.say('Help')
    await vi.waitFor(
      () =>
        expect(help.heard()).toEqual([expect.stringMatching(/^(?:Everything you write|To reach the team)/)]),
      patience,
    )
    // Where several people write, the answer does not promise that everything is read there.
    expect(help.heard()[0]).toMatch(alone.has(name) ? /^Everything you write here/ : /^To reach the team/)
    // In a channel the answer says that a mention begins a conversation: that is what the guest does.
    await (name.includes('Slack channel') ? create(world) : help).say('A towel, please')
    await vi.waitFor(() => {
      const texts = mews
        .threads()
        .slice(known)
        .flatMap(({ id }) => mews.messages(id).map(({ text }) => text))
      expect(texts).toEqual([...(alone.has(name) ? ['Help'] : []), 'A towel, please'])
    }, patience)
  },
)
