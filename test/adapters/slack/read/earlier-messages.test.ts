import { afterEach, describe, expect, it } from 'vitest'
import type { Reading } from '../../../../src/port.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import { fakeWorkspace } from '../../../fakes/slack/slack.ts'
import { createSetup, patiently, type Setup } from '../setup.ts'

const often = { historyEveryMs: 1_000 }
const dm = { channel: 'D0INES', user: 'U0INES' }
const mention = `<@${fakeWorkspace.botUser}> Towels, please`

let setup: Setup
afterEach(() => setup.slack.close())

const looks = (method = 'history'): number =>
  setup.slack.server.requests.filter(({ path }) => path === `/api/conversations.${method}`).length

/** Slack could not deliver what these say, and repeats it later. */
const hold = (...texts: readonly string[]): readonly unknown[] => {
  const { waiting } = setup.slack
  const isHeld = (envelope: unknown): boolean => texts.some((text) => JSON.stringify(envelope).includes(text))
  const held = waiting.filter(isHeld)
  waiting.splice(0, waiting.length, ...waiting.filter((envelope) => !isHeld(envelope)))
  return held
}

const texts = (readings: readonly Reading[]): readonly string[] =>
  readings.flatMap(({ turns }) => turns.map(({ text }) => text))

describe('after a start, what stands before the first message of a conversation', () => {
  it('is recorded and goes first; what Slack repeats later is known', async () => {
    setup = await createSetup(often)
    for (const text of ['one', 'two', 'three']) setup.slack.say({ ...dm, text })
    const held = hold('one', 'two')
    const three = await setup.readAll()
    expect(texts(three)).toEqual(['three'])
    expect(three[0]?.after).toEqual(setup.inbox.recorded.slice(1).flatMap(({ keys }) => keys))
    expect(texts(await setup.readAll())).toEqual(['one', 'two'])
    setup.slack.waiting.push(...held)
    expect(await setup.readAll()).toEqual([])
    expect(new Set(setup.inbox.recorded.map(({ conversation }) => conversation))).toEqual(new Set(['D0INES']))
    expect(looks()).toBe(1)
  })

  it('is recorded only where it stands behind what is, and looked for once', async () => {
    setup = await createSetup(often)
    for (const text of ['before', 'one', 'two', 'three']) setup.slack.say({ ...dm, text })
    hold('before', 'two')
    setup.slack.waiting.reverse()
    expect(texts(await setup.readAll())).toEqual(['three', 'one'])
    expect(texts(await setup.readAll())).toEqual(['two'])
    expect(looks()).toBe(1)
  })

  it('is looked for in a thread, also where it begins the conversation', async () => {
    setup = await createSetup(often)
    const lobby = { channel: 'C0LOBBY', user: 'U0INES' }
    const root = setup.slack.say({ ...lobby, text: 'Hello all' })
    setup.slack.say({ ...lobby, text: 'among us', threadTs: root })
    setup.slack.say({ ...lobby, text: mention, threadTs: root })
    setup.slack.say({ ...lobby, text: 'two of them', threadTs: root })
    hold('Hello all', 'among us', 'Towels')
    expect(texts(await setup.readAll())).toEqual(['two of them'])
    expect(texts(await setup.readAll())).toEqual(['Towels, please'])
    expect(looks('replies')).toBe(1)
  })

  it.each([
    ['history may be read rarely only', { historyEveryMs: 60_000 }, 0],
    ['the start is long ago', often, 11 * 60_000],
  ])('is not looked for where %s', async (_, config, laterMs) => {
    setup = await createSetup(config)
    setup.clock.step(laterMs)
    setup.slack.say({ ...dm, text: 'one' })
    setup.slack.say({ ...dm, text: 'two' })
    hold('one')
    const [two] = await setup.readAll()
    expect(two?.after).toBeUndefined()
    expect(looks()).toBe(0)
  })

  it.each(['missing_scope', 'channel_not_found', 'internal_error'])(
    'is left to come late where Slack says %s',
    async (error) => {
      setup = await createSetup(often)
      setup.slack.say({ ...dm, text: 'one' })
      setup.slack.say({ ...dm, text: 'two' })
      const held = hold('one')
      setup.slack.refuse('conversations.history', error)
      expect(texts(await setup.readAll())).toEqual(['two'])
      setup.slack.waiting.push(...held)
      expect(texts(await setup.readAll())).toEqual(['one'])
    },
  )

  it('holds nobody up for longer than a moment', async () => {
    setup = await createSetup(often)
    const text = 'one'
    setup.slack.say({ ...dm, text })
    setup.slack.server.fail(
      { kind: 'hang', applied: false },
      { match: ({ path }) => path === '/api/conversations.history' },
    )
    await setup.slack.deliver(setup.route)
    const before = setup.clock.now()
    const payload = setup.inbox.recorded[0]?.payload ?? ''
    expect(texts([await patiently(setup.clock, setup.adapter.read(payload, neverAborted))])).toEqual([text])
    expect(setup.clock.now() - before).toBeLessThanOrEqual(2_000)
  })
})
