import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { patience } from '../patience.ts'
import { places } from './places.ts'
import { createWorld, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
  await world.connector.start()
})
afterAll(() => world.close())

const alone = new Set(['a Slack direct message', 'a personal chat in Teams'])

test.each(Object.entries(places))(
  'help in %s is answered; said to the bot alone, the hotel reads it, too',
  async (name, create) => {
    const place = create(world)
    const { mews } = world
    const before = mews.threads().length
    await place.say('Help')
    await vi.waitFor(
      () => expect(place.heard()).toEqual([expect.stringMatching(/^Whatever you write here goes/)]),
      patience,
    )
    await place.say('A towel, please')
    const expected = [...(alone.has(name) ? ['Help'] : []), 'A towel, please']
    await vi.waitFor(() => {
      const [thread] = mews.threads().slice(before)
      expect(mews.messages(thread?.id ?? '').map(({ text }) => text)).toEqual(expected)
    }, patience)
  },
)
