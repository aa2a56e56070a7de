import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { patience } from '../../fakes/clock.ts'
import type { Fault } from '../../fakes/server.ts'
import { callsMethod } from '../../fakes/slack/slack.ts'
import { createSystemFixture, type SystemFixture } from '../support/system-fixture.ts'

const page = { status: 200, headers: { 'content-type': 'text/html' }, body: '<h1>Bad gateway</h1>' }
const limit = { status: 429, headers: { 'retry-after': '1' }, body: {} }

const faults: Readonly<Record<string, Fault>> = {
  'a reset': { kind: 'reset', applied: true },
  'a 500': { kind: 'answer', applied: true, answer: { status: 500, body: '' } },
  'a page of HTML': { kind: 'answer', applied: true, answer: page },
  'half an answer': { kind: 'half', applied: true },
  'a limit': { kind: 'answer', applied: false, answer: limit },
}

const operations = ['messageThreads/add', 'messages/add', 'messages/getAll', 'messageThreads/getAll'] as const

describe('a conversation in which every call meets', () => {
  let system: SystemFixture
  beforeAll(async () => {
    system = await createSystemFixture({ MEWS_SYNC_SECONDS: '1' })
    await system.connector.start()
  })
  afterAll(() => system.close())

  test.each(Object.entries(faults))(
    '%s once goes both ways, everything once and in order',
    async (name, fault) => {
      const { mews, slack } = system
      const channel = `D0${name.toUpperCase().replaceAll(/\W/g, '')}`
      const before = mews.threads().length
      const plan = (): void => {
        for (const operation of operations) mews.fail(fault, { operation })
        slack.server.fail(fault, { match: callsMethod('chat.postMessage') })
      }
      const say = (text: string): void => void slack.say({ channel, user: 'U0PENELOPE', text })
      const written = (): readonly string[] =>
        mews
          .threads()
          .slice(before)
          .flatMap(({ id }) => mews.messages(id))
          .flatMap(({ text, sender }) => (sender === 'Application' ? text : []))
      const heard = (): readonly string[] =>
        slack.posted(channel).filter((text) => !text.startsWith('Hello!'))

      plan()
      say('one')
      await slack.settled()
      say('two')
      await vi.waitFor(() => expect(written()).toEqual(['one', 'two']), patience)
      plan()
      const thread = mews.threads().at(-1)?.id ?? ''
      for (const text of ['three', 'four', 'four']) mews.reply(thread, text)
      await vi.waitFor(() => expect(heard()).toEqual(['three', 'four', 'four']), patience)
      say('five')
      await vi.waitFor(() => expect(written()).toEqual(['one', 'two', 'five']), patience)
      mews.heal()
      slack.server.heal()
      expect(mews.threads()).toHaveLength(before + 1)
    },
  )
})
