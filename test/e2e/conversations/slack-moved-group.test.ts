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
const attempts = (channel: string): number =>
  system.slack.server.requests.filter(
    ({ path, body }) =>
      path === '/api/chat.postMessage' && new URLSearchParams(body).get('channel') === channel,
  ).length
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
  const [first] = mews.threads()
  mews.reply(first?.id ?? '', 'Until ten')
  const before = attempts('G0EARLY')
  await vi.waitFor(() => expect(attempts('G0EARLY')).toBeGreaterThan(before), patience)
  tell()
  slack.say({ channel: 'C0EARLY', user, text: 'four' })
  await slack.settled()
  await connector.kill()
  await connector.start()
  await vi.waitFor(
    () => expect(read()).toEqual([['We are three', 'Until ten', 'one', 'three', 'four'], ['two']]),
    patience,
  )
  tell()
  slack.say({ channel: 'C0EARLY', user, text: 'five' })
  slack.say({ channel: 'C0EARLY', user, text: 'below two', threadTs: root })
  await vi.waitFor(
    () =>
      expect(read()).toEqual([
        ['We are three', 'Until ten', 'one', 'three', 'four', 'five'],
        ['two', 'below two'],
      ]),
    patience,
  )
  for (const { id } of mews.threads()) mews.reply(id, 'Certainly')
  const answers = ['Until ten', 'Certainly', 'Certainly']
  await vi.waitFor(
    () => expect(slack.posted('C0EARLY')).toEqual([expect.stringContaining('Hello'), ...answers]),
    patience,
  )
  expect(slack.posted('C0EARLY', root)).toEqual(['Certainly'])
})

test('a reply below a mention arrives once where Slack told of the change while it was on its way, and the connector was killed', async () => {
  const { slack, mews, connector } = system
  await begin('G0MEANWHILE')
  const tell = slack.convert('G0MEANWHILE', 'C0MEANWHILE')
  const root = slack.say({ channel: 'C0MEANWHILE', user, text: `<@${fakeWorkspace.botUser}> two` })
  await vi.waitFor(() => expect(read().at(-1)).toEqual(['two']), patience)
  mews.fail({ kind: 'hang', applied: true }, { operation: 'messages/add' })
  slack.say({ channel: 'C0MEANWHILE', user, text: 'below two', threadTs: root })
  await vi.waitFor(() => expect(read().at(-1)).toEqual(['two', 'below two']), patience)
  tell()
  await slack.settled()
  await connector.kill()
  await connector.start()
  slack.say({ channel: 'C0MEANWHILE', user, text: 'below it again', threadTs: root })
  await vi.waitFor(() => expect(read().at(-1)).toEqual(['two', 'below two', 'below it again']), patience)
})

test('and where Slack told of it at once', async () => {
  const { slack } = system
  await begin('G0LATE')
  slack.convert('G0LATE', 'C0LATE')()
  slack.say({ channel: 'C0LATE', user, text: 'one' })
  await vi.waitFor(() => expect(read().at(-1)).toEqual(['We are three', 'one']), patience)
})
