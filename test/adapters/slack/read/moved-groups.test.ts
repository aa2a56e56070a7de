import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Reading } from '../../../../src/port.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import { fakeWorkspace } from '../../../fakes/slack/slack.ts'
import { createSetup, patiently, type Setup } from '../setup.ts'

const mention = `<@${fakeWorkspace.botUser}>`

let setup: Setup
/** Tells the app that the group has become a channel. */
let tell: () => void
beforeEach(async () => {
  setup = await createSetup({ historyEveryMs: 1_000 })
  setup.slack.kinds.set('G0TRIO', 'mpim')
})
afterEach(() => setup.slack.close())

const say = (channel: string, text: string, threadTs?: string): string =>
  setup.slack.say({ channel, user: 'U0INES', text, ...(threadTs === undefined ? {} : { threadTs }) })
const readAll = (): Promise<readonly Reading[]> => patiently(setup.clock, setup.readAll())
const readEverything = async (): Promise<readonly Reading[]> => {
  const readings = await readAll()
  return readings.length === 0 ? [] : [...readings, ...(await readEverything())]
}
/** `<conversation> <text>` of each turn that a hotel gets, an unbridged one apart. */
const told = (readings: readonly Reading[], from = 0): readonly string[] =>
  readings.flatMap(({ turns }, index) =>
    turns
      .filter(({ onlyInBridged }) => onlyInBridged !== true)
      .map(({ text }) => `${setup.inbox.recorded[from + index]?.conversation} ${text}`),
  )
const looks = (): readonly string[] =>
  setup.slack.server.requests.map(({ path }) => path).filter((path) => path.startsWith('/api/conversations.'))

describe('a group’s direct message that becomes a private channel with another id', () => {
  beforeEach(async () => {
    say('G0TRIO', 'We are three')
    await readAll()
    tell = setup.slack.convert('G0TRIO', 'C0TRIO')
  })

  it('keeps its conversation where Slack tells of the change first', async () => {
    tell()
    say('C0TRIO', 'Towels, please')
    expect(told(await readEverything(), 1)).toEqual(['G0TRIO Towels, please'])
  })

  it('keeps it where Slack tells of messages first, in their order, and each once', async () => {
    for (const text of ['one', 'two', 'three']) say('C0TRIO', text)
    const again = [...setup.slack.waiting]
    expect(await readAll()).toEqual([])
    tell()
    const change = [...setup.slack.waiting]
    say('C0TRIO', 'four')
    const [moved, four] = await readAll()
    expect([moved?.turns, four?.turns[0]?.text]).toEqual([[], 'four'])
    expect(moved?.after).toEqual(setup.inbox.recorded.slice(3).flatMap(({ keys }) => keys))
    expect(told(await readAll(), 3)).toEqual(['G0TRIO one', 'G0TRIO two', 'G0TRIO three'])
    setup.slack.waiting.push(...again, ...change, ...again)
    expect(await readEverything()).toEqual([])
  })

  it('finds nothing more in a process that takes over from one that was killed', async () => {
    say('C0TRIO', 'one')
    await readAll()
    tell()
    await readEverything()
    const { inbox, vault } = setup
    const payload = inbox.recorded.at(-2)?.payload ?? ''
    const later = await createSetup(
      { apiUrl: setup.slack.url, historyEveryMs: 1_000 },
      { vault, directory: setup.directory },
    )
    const reading = await patiently(later.clock, later.adapter.read(payload, neverAborted))
    expect(reading).toEqual({ turns: [], after: [] })
    expect(later.inbox.recorded).toEqual([])
    await later.slack.close()
  })

  it('goes on under the new id where a mention has begun a conversation there', async () => {
    say('C0TRIO', 'one')
    const root = say('C0TRIO', `${mention} two`)
    say('C0TRIO', 'below two', root)
    say('C0TRIO', 'three')
    await readAll()
    const before = setup.inbox.recorded.length
    tell()
    say('C0TRIO', 'below it again', root)
    expect(told(await readEverything(), before)).toEqual([
      `C0TRIO:${root} below it again`,
      'G0TRIO one',
      'G0TRIO three',
    ])
    const conversations = setup.inbox.recorded.map(({ conversation }) => conversation)
    expect(conversations.filter((id) => id === `C0TRIO:${root}`)).toHaveLength(3)
  })

  it('leaves replies where they are, however often they are read, where a mention has begun their thread', async () => {
    const root = say('C0TRIO', `${mention} two`)
    say('C0TRIO', 'below two', root)
    const before = (await readAll()).at(-1)
    const { payload = '' } = setup.inbox.recorded.at(-1) ?? {}
    setup.bridged.add(`C0TRIO:${root}`)
    tell()
    await readEverything()
    const recorded = setup.inbox.recorded.length
    expect((await setup.adapter.read(payload, neverAborted)).turns).toEqual(before?.turns)
    expect(setup.inbox.recorded).toHaveLength(recorded)
  })

  it('keeps replies in threads where Slack tells of the change first', async () => {
    tell()
    const old = say('C0TRIO', 'An old thread')
    await readEverything()
    setup.slack.waiting.splice(0)
    const root = say('C0TRIO', 'A new thread')
    say('C0TRIO', 'below the new one', root)
    say('C0TRIO', 'below the old one', old)
    await readEverything()
    expect(setup.inbox.recorded.map(({ conversation }) => conversation).slice(-3)).toEqual([
      'G0TRIO',
      `G0TRIO:${root}`,
      `G0TRIO:${old}`,
    ])
  })

  it('enters replies that were taken for those of a channel’s own thread, once', async () => {
    const root = say('C0TRIO', 'A new thread')
    say('C0TRIO', 'below', root)
    const [early] = await readAll()
    expect(early?.turns[0]).toMatchObject({ text: 'below', onlyInBridged: true })
    const before = setup.inbox.recorded.length
    tell()
    const change = [...setup.slack.waiting]
    say('C0TRIO', 'below that', root)
    expect(told(await readEverything(), before)).toEqual([
      `C0TRIO:${root} below that`,
      'G0TRIO A new thread',
      `C0TRIO:${root} below`,
    ])
    setup.slack.waiting.push(...change)
    expect(await readEverything()).toEqual([])
  })

  it('enters such a reply once where it is read after the change', async () => {
    const root = say('C0TRIO', 'A new thread')
    say('C0TRIO', 'below', root)
    tell()
    const before = setup.inbox.recorded.length
    await setup.slack.deliver(setup.route)
    expect(told(await readEverything(), before).toSorted()).toEqual([
      `C0TRIO:${root} below`,
      'G0TRIO A new thread',
    ])
  })

  it('tells what was edited and deleted meanwhile as it is now', async () => {
    const edited = say('C0TRIO', 'ten')
    setup.slack.edit('C0TRIO', edited, 'eight')
    setup.slack.remove('C0TRIO', say('C0TRIO', 'a secret'))
    await readAll()
    tell()
    expect(told(await readEverything(), 1)).toEqual(['G0TRIO eight'])
  })

  it('follows the channel to yet another id', async () => {
    say('C0TRIO', 'one')
    await readAll()
    const before = setup.inbox.recorded.length
    const tellNext = setup.slack.convert('C0TRIO', 'C1TRIO')
    say('C1TRIO', 'two')
    await readAll()
    tellNext()
    tell()
    say('C1TRIO', 'three')
    expect(told(await readEverything(), before).toSorted()).toEqual([
      'G0TRIO one',
      'G0TRIO three',
      'G0TRIO two',
    ])
  })

  it('waits while Slack does not answer, and gives up where it refuses', async () => {
    say('C0TRIO', 'one')
    await readAll()
    // A message waits for earlier ones for a moment only: their look-up may still go on, and is not the one to refuse.
    await expect.poll(looks).toEqual(['/api/conversations.history'])
    tell()
    setup.slack.refuse('conversations.history', 'service_unavailable')
    await expect(readAll()).rejects.toMatchObject({ code: 'passing' })
    const payload = setup.inbox.recorded.at(-1)?.payload ?? ''
    setup.slack.refuse('conversations.history', 'missing_scope')
    const reading = patiently(setup.clock, setup.adapter.read(payload, neverAborted))
    expect(await reading).toEqual({ turns: [], after: [] })
    expect(setup.logged.at(-2)).toContain('missing_scope')
  })
})

it('is read page by page, and no further back than the change', async () => {
  for (let n = 1; n <= 40; n += 1) say('G0TRIO', `old ${n}`)
  setup.slack.waiting.splice(0)
  setup.clock.step(11 * 60_000)
  tell = setup.slack.convert('G0TRIO', 'C0TRIO')
  for (let n = 1; n <= 40; n += 1) say('C0TRIO', `new ${n}`)
  setup.slack.waiting.splice(0)
  setup.slack.kinds.set('G0TRIO', 'mpim')
  setup.slack.say({ channel: 'G0TRIO', user: 'U0INES', text: 'Slack knows it as a group' })
  await readAll()
  tell()
  const expected = Array.from({ length: 40 }, (_, index) => `G0TRIO new ${index + 1}`)
  expect(told(await readEverything(), 1)).toEqual(expected)
  expect(looks()).toHaveLength(3)
})

describe('a channel that gets another id', () => {
  it('is not read where it was never a group’s direct message', async () => {
    say('G0VIP', `${mention} Towels?`)
    await readAll()
    setup.slack.convert('G0VIP', 'C0VIP')()
    say('C0VIP', 'among ourselves')
    expect(await readEverything()).toEqual([])
    expect(looks()).toEqual([])
  })
})
