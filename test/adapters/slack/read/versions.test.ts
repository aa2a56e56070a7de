import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Turn } from '../../../../src/port.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import { fakeWorkspace } from '../../../fakes/slack/slack.ts'
import { createSetup, patiently, type Setup } from '../setup.ts'

const mention = `<@${fakeWorkspace.botUser}> Towels, please`

let setup: Setup
beforeEach(async () => {
  setup = await createSetup()
})
afterEach(() => setup.slack.close())

const turns = async (): Promise<readonly Turn[]> =>
  (await setup.readAll()).flatMap((reading) => reading.turns)
const conversations = (): readonly string[] => setup.inbox.recorded.map(({ conversation }) => conversation)

/** A deletion as Slack’s own example has it: with nothing but the `ts` of what was deleted. */
const happenDeletion = (channel: string, ts: string, previous: object = {}): void =>
  setup.slack.happen({
    type: 'message',
    subtype: 'message_deleted',
    hidden: true,
    channel,
    ts: '1793640400.000100',
    event_ts: '1793640400.000100',
    deleted_ts: ts,
    ...previous,
  })

describe('what becomes of a message', () => {
  it('bears one id and the time of each change', async () => {
    const ts = setup.slack.say({ channel: 'D0INES', user: 'U0INES', text: 'eight' })
    setup.slack.edit('D0INES', ts, 'ten')
    setup.slack.remove('D0INES', ts)
    const [message, edit, deletion, ...others] = await turns()
    expect(others).toEqual([])
    expect([message?.message, edit?.message, deletion?.message]).toEqual([ts, ts, ts])
    expect([message?.kind, edit?.kind, deletion?.kind]).toEqual(['message', 'edit', 'deletion'])
    expect(message?.at).toBeLessThanOrEqual(edit?.at ?? 0)
  })
})

describe('an edit', () => {
  const message = { type: 'message', user: 'U0INES', text: 'ten', ts: '1793640300.000100' }
  const at = '1793640400.000100'
  it.each([
    [{ event_ts: at }, message],
    [{}, { ...message, edited: { user: 'U0INES', ts: at } }],
    [{ ts: at }, message],
  ])('has its time with %j', async (stamps, after) => {
    const edited = { user: 'U0INES', ...('edited' in after ? after.edited : {}) }
    setup.slack.happen({
      type: 'message',
      subtype: 'message_changed',
      channel: 'D0INES',
      ...stamps,
      message: { ...after, edited },
      previous_message: [],
    })
    expect(await turns()).toMatchObject([{ kind: 'edit', text: 'ten', at: 1_793_640_400_000 }])
  })
})

describe('a deletion that does not say what was deleted', () => {
  it.each([
    {},
    { previous_message: [] },
    { previous_message: null },
    { previous_message: {} },
    { previous_message: { type: 'message', text: 'eight', ts: '1793640300.000001' } },
    { previous_message: { user: 'U0INES', text: 'eight' } },
  ])('counts, with %j', async (previous) => {
    const ts = setup.slack.say({ channel: 'D0INES', user: 'U0INES', text: 'eight' })
    await setup.readAll()
    happenDeletion('D0INES', ts, previous)
    expect(await turns()).toMatchObject([
      { kind: 'deletion', message: ts, text: '', author: { id: '', name: '' }, onlyInBridged: true },
    ])
    expect(new Set(conversations())).toEqual(new Set(['D0INES']))
  })

  it('counts in the thread, or the group’s direct message, in which that stood', async () => {
    const root = setup.slack.say({ channel: 'C0LOBBY', user: 'U0INES', text: mention })
    const reply = setup.slack.say({ channel: 'C0LOBBY', user: 'U0INES', text: 'Two', threadTs: root })
    const inGroup = { channel: 'C0TRIO', user: 'U0INES', text: 'Soap', ts: '1793640200.000100' }
    setup.slack.happen({ ...inGroup, event_ts: inGroup.ts, type: 'message', channel_type: 'mpim' })
    await setup.readAll()
    for (const ts of [reply, root]) happenDeletion('C0LOBBY', ts)
    happenDeletion('C0TRIO', inGroup.ts)
    expect(await turns()).toMatchObject([
      { kind: 'deletion', message: reply },
      { kind: 'deletion', message: root },
      { kind: 'deletion', message: inGroup.ts },
    ])
    expect(conversations().slice(-3)).toEqual([`C0LOBBY:${root}`, `C0LOBBY:${root}`, 'C0TRIO'])
  })

  it('counts where the channel has got another id since', async () => {
    const root = setup.slack.say({ channel: 'G0VIP', user: 'U0INES', text: mention })
    await setup.readAll()
    setup.slack.happen({ type: 'channel_id_changed', old_channel_id: 'G0VIP', new_channel_id: 'C0VIP' })
    happenDeletion('C0VIP', root)
    expect(await turns()).toMatchObject([{ kind: 'deletion', message: root }])
    expect(conversations().at(-1)).toBe(`G0VIP:${root}`)
  })

  it('that comes first makes the message, and its edits, say nothing; also in another process', async () => {
    const root = setup.slack.say({ channel: 'C0LOBBY', user: 'U0INES', text: mention })
    await setup.readAll()
    const reply = setup.slack.say({ channel: 'C0LOBBY', user: 'U0INES', text: 'a secret', threadTs: root })
    setup.slack.edit('C0LOBBY', reply, 'another secret')
    const late = setup.slack.waiting.splice(0)
    happenDeletion('C0LOBBY', reply)
    expect(await turns()).toEqual([])
    setup.slack.waiting.push(...late)
    expect(await turns()).toEqual([])
    expect(setup.inbox.recorded.length).toBeGreaterThan(1)
    const other = await createSetup({ apiUrl: setup.slack.url }, { vault: setup.vault })
    for (const { payload } of setup.inbox.recorded.slice(1))
      expect(await other.adapter.read(payload, neverAborted)).toEqual({ turns: [] })
    await other.slack.close()
  })

  it('of what is nothing to us is nothing to us', async () => {
    await setup.adapter.send(
      { deliveryId: 'd-1', text: 'Yes', address: { v: 1, team: fakeWorkspace.team, channel: 'D0INES' } },
      neverAborted,
    )
    setup.slack.waiting.splice(0)
    happenDeletion('D0INES', setup.slack.room.all('D0INES')[0]?.ts ?? '')
    setup.slack.say({ channel: 'D0INES', user: 'U0INES', text: 'Thanks' })
    expect(await turns()).toMatchObject([{ text: 'Thanks' }])
  })

  it('is sent again while it cannot be recorded', async () => {
    const { vault } = setup
    const set = vault.set.bind(vault)
    vault.set = () => Promise.reject(new Error('away'))
    happenDeletion('D0INES', '1793640300.000100')
    const statuses = await setup.slack.deliver((request) => {
      if (request.headers['x-slack-retry-num'] === '1') vault.set = set
      return setup.route(request)
    })
    expect(statuses).toEqual([[503, 200]])
  })
})

describe('a file that is deleted by itself', () => {
  const file = { id: 'F0PASS', name: 'passport.pdf', mode: 'hosted' }
  const map = { id: 'F0MAP', name: 'map.png', mode: 'hosted' }
  const message = { type: 'message', user: 'U0INES', ts: '1793640300.000100', text: 'My passport' }
  const change = (before: object, after: object): void =>
    setup.slack.happen({
      type: 'message',
      subtype: 'message_changed',
      channel: 'D0INES',
      channel_type: 'im',
      event_ts: '1793640400.000100',
      message: { ...message, ...after },
      previous_message: { ...message, ...before },
    })

  it('is told of, with what is left of the message', async () => {
    change({ files: [file, map] }, { files: [{ id: 'F0PASS', mode: 'tombstone' }, map] })
    expect(await turns()).toMatchObject([
      {
        kind: 'edit',
        text: 'My passport',
        attachments: [{ name: 'map.png' }, { name: 'passport.pdf', deleted: true }],
      },
    ])
  })

  it('is told of where the message says nothing else', async () => {
    change({ text: '', files: [file] }, { text: '', files: [{ id: 'F0PASS', mode: 'tombstone' }] })
    expect(await turns()).toMatchObject([
      { text: '', attachments: [{ name: 'passport.pdf', deleted: true }] },
    ])
  })

  it('is told of where an edit leaves it out', async () => {
    change({ files: [file] }, { edited: { user: 'U0INES', ts: '1793640400.000000' } })
    expect(await turns()).toMatchObject([{ attachments: [{ name: 'passport.pdf', deleted: true }] }])
  })

  it('is told of where no tombstone is left', async () => {
    change({ files: [file, map] }, { files: [map] })
    expect(await turns()).toMatchObject([
      { attachments: [{ name: 'map.png' }, { name: 'passport.pdf', deleted: true }] },
    ])
  })

  it.each([undefined, [], {}])(
    'is told of where it is not said what was before, but %j',
    async (previous_message) => {
      const files = [{ id: 'F0PASS', mode: 'tombstone' }, map]
      setup.slack.happen({
        type: 'message',
        subtype: 'message_changed',
        channel: 'D0INES',
        event_ts: '1793640400.000100',
        message: { ...message, files },
        previous_message,
      })
      expect(await turns()).toMatchObject([
        { text: 'My passport', attachments: [{ name: 'map.png' }, { name: 'file', deleted: true }] },
      ])
    },
  )

  it('is not told of again when the message changes otherwise', async () => {
    const files = [{ id: 'F0PASS', mode: 'tombstone' }]
    change({ files }, { files, attachments: [{ text: 'a preview' }] })
    expect(await turns()).toEqual([])
  })
})

const post = (user: string, channel = 'C0LOBBY'): void =>
  setup.slack.happen({
    type: 'message',
    user,
    channel,
    channel_type: channel.startsWith('D') ? 'im' : 'channel',
    ts: '1793640300.000100',
    event_ts: '1793640300.000100',
    text: mention,
    bot_id: 'B0CALENDAR',
    app_id: 'A0CALENDAR',
    bot_profile: { id: 'B0CALENDAR', app_id: 'A0CALENDAR', name: 'Calendar' },
  })

describe('what an app has posted', () => {
  it.each(['C0LOBBY', 'D0INES'])('in a person’s name in %s is theirs', async (channel) => {
    post('U0INES', channel)
    expect(await turns()).toMatchObject([
      { text: 'Towels, please', author: { id: 'U0INES', name: 'Ines Alba' } },
    ])
  })

  it.each(['U0BOT', 'U0UNKNOWN'])('as the bot %s is nothing to us', async (user) => {
    setup.slack.addUser('U0BOT', 'Calendar', 'bot')
    post(user)
    expect(await setup.readAll()).toEqual([{ turns: [] }])
  })

  it.each(['500', 'org_login_required', 'team_added_to_org', 'fatal_error'])(
    'waits while Slack does not say whose it is, but %s',
    async (code) => {
      if (code === '500') setup.slack.server.fail({ applied: false, kind: 'answer', answer: { status: 500 } })
      else setup.slack.refuse('users.info', code)
      post('U0INES')
      await expect(setup.readAll()).rejects.toMatchObject({ code: 'passing' })
      setup.clock.step(300_001)
      const [arrival] = setup.inbox.recorded
      expect((await setup.adapter.read(arrival?.payload ?? '', neverAborted)).turns).toHaveLength(1)
    },
  )
})

const say = (type: string, ts: string, kind?: string, channel = 'C0TRIO', text = mention): void =>
  setup.slack.happen({
    type,
    user: 'U0INES',
    channel,
    ts,
    event_ts: ts,
    text,
    ...(kind === undefined ? {} : { channel_type: kind }),
  })

describe('a group’s direct message that has become a private channel', () => {
  it.each([
    ['the mention', ['app_mention', 'message']],
    ['the message', ['message', 'app_mention']],
  ])('keeps its conversation, also where %s is told first', async (_, [first = '', second = '']) => {
    say('message', '1793640300.000100', 'mpim')
    for (const type of [first, second])
      say(type, '1793640301.000100', type === 'message' ? 'group' : undefined)
    say('message', '1793640302.000100', 'group', 'C0TRIO', 'And soap')
    expect((await turns()).map(({ text }) => text)).toEqual(['Towels, please', 'Towels, please', 'And soap'])
    expect(new Set(conversations())).toEqual(new Set(['C0TRIO']))
  })

  it('keeps it under another id', async () => {
    say('message', '1793640300.000100', 'mpim', 'G0TRIO')
    setup.slack.happen({ type: 'channel_id_changed', old_channel_id: 'G0TRIO', new_channel_id: 'C0TRIO' })
    say('message', '1793640301.000100', 'group', 'C0TRIO', 'And soap')
    const readings = await patiently(setup.clock, setup.readAll())
    expect(new Set(conversations())).toEqual(new Set(['G0TRIO']))
    expect(readings.at(-1)?.address).toEqual({ v: 1, team: fakeWorkspace.team, channel: 'C0TRIO' })
  })

  it('is nothing that any private channel is', async () => {
    say('message', '1793640300.000100', 'group', 'G0OTHER', 'among ourselves')
    expect(await turns()).toEqual([])
  })
})
