import { afterEach, describe, expect, test, vi } from 'vitest'
import { patience } from '../../fakes/clock.ts'
import { runCommand } from '../../cli/run-command.ts'
import type { Fault } from '../../fakes/server.ts'
import { callsMethod } from '../../fakes/slack/slack.ts'
import { createSystemFixture, type SystemFixture } from '../support/system-fixture.ts'

const channel = 'D0PENELOPE'

let system: SystemFixture
afterEach(() => system.close())

const say = (text: string) => system.slack.say({ channel, user: 'U0PENELOPE', text })
const wait = (check: () => void): Promise<void> => vi.waitFor(check, patience)
const read = (): readonly string[] =>
  system.mews.threads().flatMap(({ id }) => system.mews.messages(id).map(({ text }) => text))
/** What stands in the direct message behind the greeting. */
const heard = (): readonly string[] => system.slack.posted(channel).slice(1)

const begin = async (): Promise<void> => {
  system = await createSystemFixture({ MEWS_SYNC_SECONDS: '1' })
  await system.connector.start()
  say('Is the pool open?')
  await wait(() => expect(read()).toEqual(['Is the pool open?']))
  await wait(() => expect(system.slack.posted(channel)).toHaveLength(1))
}

/** An operator tries again what failed, and the connector is killed when the other side has the call: before it did anything, or before its answer leaves. */
const retryAndKill = async (arm: (fault: Fault) => void, applied: boolean): Promise<void> => {
  const { connector } = system
  const killed = new Promise<void>((resolve) => {
    arm({ kind: 'hang', applied, meanwhile: () => void connector.kill().then(resolve) })
  })
  const { code } = await runCommand(['deliveries', 'retry', '--failed'], connector.settings)
  expect(code).toBe(0)
  await killed
  await connector.start()
}

/** Long enough for what would come twice. */
const quiet = async (): Promise<void> => {
  say('Thank you')
  await wait(() => expect(read().at(-1)).toContain('Thank you'))
  await system.connector.stop()
  await system.connector.start()
  say('Bye')
  await wait(() => expect(read().at(-1)).toContain('Bye'))
}

describe.each([
  ['before it is sent', false],
  ['after it is sent', true],
])('killed while it tries again, %s', (_, applied) => {
  test('the staff read once that their reply was delivered after all, and the guest reads it once', async () => {
    await begin()
    const { mews, slack } = system
    slack.refuse('chat.postMessage', 'is_archived')
    mews.reply(mews.threads()[0]?.id ?? '', 'Until ten.')
    await wait(() => expect(read()).toHaveLength(3))
    await retryAndKill(
      (fault) => slack.server.fail(fault, { match: callsMethod('chat.postMessage') }),
      applied,
    )
    await wait(() => expect(read()).toHaveLength(4))
    await quiet()
    expect(heard()).toEqual(['Until ten.'])
    expect(read()).toEqual([
      'Is the pool open?',
      'Until ten.',
      expect.stringMatching(/^⚠️ This reply was not delivered/),
      '✅ This reply was delivered to the guest after all (Slack): “Until ten.”.',
      'Thank you',
      'Bye',
    ])
  })

  test('the guest reads once that their message was delivered after all, and the hotel reads it once', async () => {
    await begin()
    const { mews } = system
    const answer = { status: 400, body: { Message: 'Invalid message.' } }
    mews.fail({ kind: 'answer', applied: false, answer }, { operation: 'messages/add' })
    say('And the sauna?')
    await wait(() => expect(heard()).toEqual([expect.stringMatching(/^⚠️ Your message was not delivered/)]))
    await retryAndKill((fault) => mews.fail(fault, { operation: 'messages/add' }), applied)
    await wait(() => expect(heard()).toHaveLength(2))
    await quiet()
    expect(read()).toEqual(['Is the pool open?', 'And the sauna?', 'Thank you', 'Bye'])
    expect(heard()[1]).toBe('✅ Your message was delivered to the hotel after all: “And the sauna?”.')
    expect(heard()).toHaveLength(2)
  })
})
