import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { patience } from '../../fakes/clock.ts'
import { fakeWorkspace } from '../../fakes/slack/slack.ts'
import { createSystemFixture, type SystemFixture } from '../support/system-fixture.ts'

const user = 'U0PENELOPE'

let system: SystemFixture
beforeAll(async () => {
  system = await createSystemFixture()
  await system.connector.start()
})
afterAll(() => system.close())

/** What the hotel reads, by thread, in the order in which the threads were begun. */
const read = (): readonly (readonly string[])[] =>
  system.mews.threads().map(({ id }) => system.mews.messages(id).map(({ text }) => text))
const begin = async (channel: string): Promise<void> => {
  const { slack, mews } = system
  slack.kinds.set(channel, 'mpim')
  const before = mews.threads().length
  slack.say({ channel, user, text: 'We are three' })
  await vi.waitFor(() => expect(mews.threads()).toHaveLength(before + 1), patience)
}

test('a group that has become a channel keeps its conversation where Slack told of the change late, and the connector was killed', async () => {
  const { slack, mews, connector } = system
  await begin('G0EARLY')
  const tell = slack.convert('G0EARLY', 'C0EARLY')
  slack.say({ channel: 'C0EARLY', user, text: 'one' })
  const root = slack.say({ channel: 'C0EARLY', user, text: `<@${fakeWorkspace.botUser}> two` })
  slack.say({ channel: 'C0EARLY', user, text: 'three' })
  await slack.settled()
  await vi.waitFor(() => expect(read()).toEqual([['We are three'], ['two']]), patience)
  tell()
  slack.say({ channel: 'C0EARLY', user, text: 'four' })
  await slack.settled()
  await connector.kill()
  await connector.start()
  await vi.waitFor(
    () => expect(read()).toEqual([['We are three', 'one', 'three', 'four'], ['two']]),
    patience,
  )
  tell()
  slack.say({ channel: 'C0EARLY', user, text: 'five' })
  slack.say({ channel: 'C0EARLY', user, text: 'below two', threadTs: root })
  await vi.waitFor(
    () =>
      expect(read()).toEqual([
        ['We are three', 'one', 'three', 'four', 'five'],
        ['two', 'below two'],
      ]),
    patience,
  )
  for (const { id } of mews.threads()) mews.reply(id, 'Certainly')
  await vi.waitFor(() => expect(slack.posted('C0EARLY')).toEqual(['Certainly', 'Certainly']), patience)
  expect(slack.posted('C0EARLY', root)).toEqual(['Certainly'])
})

test('and where Slack told of it at once', async () => {
  const { slack } = system
  await begin('G0LATE')
  slack.convert('G0LATE', 'C0LATE')()
  slack.say({ channel: 'C0LATE', user, text: 'one' })
  await vi.waitFor(() => expect(read().at(-1)).toEqual(['We are three', 'one']), patience)
})
