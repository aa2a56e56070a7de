import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { patience } from '../../fakes/clock.ts'
import { conversationKinds } from '../support/conversation-kinds.ts'
import { createSystemFixture, type SystemFixture } from '../support/system-fixture.ts'

let system: SystemFixture
beforeAll(async () => {
  system = await createSystemFixture()
  await system.connector.start()
})
afterAll(() => system.close())

const alone = new Set(['a Slack direct message', 'a personal chat in Teams'])

test.each(Object.entries(conversationKinds))(
  'help in %s is answered; said to the bot alone, the hotel reads it, too',
  async (name, create) => {
    const { mews } = system
    const known = mews.threads().length
    const help = create(system)
    await help.say('Help')
    await vi.waitFor(
      () =>
        expect(help.heard()).toEqual([expect.stringMatching(/^(?:Everything you write|To reach the team)/)]),
      patience,
    )
    // Where several people write, the answer does not promise that everything is read there.
    expect(help.heard()[0]).toMatch(alone.has(name) ? /^Everything you write here/ : /^To reach the team/)
    // In a channel the answer says that a mention begins a conversation: that is what the guest does.
    await (name.includes('Slack channel') ? create(system) : help).say('A towel, please')
    await vi.waitFor(() => {
      const texts = mews
        .threads()
        .slice(known)
        .flatMap(({ id }) => mews.messages(id).map(({ text }) => text))
      expect(texts).toEqual([...(alone.has(name) ? ['Help'] : []), 'A towel, please'])
    }, patience)
  },
)
