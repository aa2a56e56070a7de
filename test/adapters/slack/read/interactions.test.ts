import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Reading } from '../../../../src/port.ts'
import { formHeaders } from '../../../fakes/slack/events.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import { callsMethod, fakeWorkspace } from '../../../fakes/slack/slack.ts'
import { createSetup, startOfTest, toPart, type Setup } from '../setup.ts'

const { team, botUser } = fakeWorkspace

let setup: Setup
beforeEach(async () => {
  setup = await createSetup()
})
afterEach(() => setup.slack.close())

const submit = (fields: Readonly<Record<string, string>>) =>
  setup.route(setup.slack.sign(new URLSearchParams(fields).toString(), formHeaders))

const command = (text: string, changed: Readonly<Record<string, string>> = {}) =>
  submit({
    token: 'old-verification-token',
    command: '/hotel',
    text,
    team_id: team,
    channel_id: 'C0LOBBY',
    user_id: 'U0INES',
    api_app_id: 'A0HOTEL1',
    is_enterprise_install: 'false',
    trigger_id: '1.2.3',
    response_url: setup.slack.responseUrl(),
    ...changed,
  })

const chosen = {
  type: 'message_action',
  callback_id: 'send_to_hotel',
  trigger_id: '4.5.6',
  team: { id: team },
  user: { id: 'U0DESK' },
  channel: { id: 'C0LOBBY', name: 'lobby' },
  message_ts: '1793640100.000200',
  message: {
    type: 'message',
    user: 'U0INES',
    ts: '1793640100.000200',
    thread_ts: '1793640100.000100',
    text: 'Is the *pool* open?',
  },
}
const shortcut = (changed: object = {}) => submit({ payload: JSON.stringify({ ...chosen, ...changed }) })

const readSaid = async (channel: string, text: string): Promise<Reading> => {
  setup.slack.say({ channel, user: 'U0INES', text })
  return setup.readOne()
}

describe('/hotel', () => {
  it.each([
    ['help', 'help'],
    [' Status ', 'status'],
    ['NEW', 'new'],
    ['', 'help'],
    ['where is the pool?', 'help'],
  ])('%j is recorded, and asks for %s in private', async (text, name) => {
    expect(await command(text)).toEqual({ status: 200, body: '' })
    expect(setup.inbox.recorded).toMatchObject([
      { conversation: 'C0LOBBY', keys: ['trigger:1.2.3'], routing: { team, channel: 'C0LOBBY' } },
    ])
    expect(setup.inbox.recorded[0]?.payload).not.toContain('old-verification-token')
    const reading = await setup.readOne()
    expect(reading).toMatchObject({ turns: [], command: name, answerTo: { v: 1, team, channel: 'C0LOBBY' } })
  })

  it('speaks of all conversations the person began, wherever the status is asked for', async () => {
    setup.slack.say({ channel: 'D0INES', user: 'U0INES', text: 'Is the pool open?' })
    await setup.slack.deliver((request) => setup.route(request))
    await setup.readAll()
    await command('status')
    expect((await setup.readAll()).at(-1)).toMatchObject({ command: 'status', about: ['D0INES'] })
    await command('help', { trigger_id: '1.2.4' })
    expect((await setup.readAll()).at(-1)).toMatchObject({ command: 'help', about: [] })
  })

  it.each([
    [{}, 'channel'],
    [{ channel_id: 'D0INES', channel_name: 'directmessage' }, undefined],
    [{ channel_id: 'C0TRIO', channel_name: 'mpdm-ines--omar--hotel-1' }, undefined],
  ])('in %j, outside of every conversation: %s', async (place, where) => {
    await command('new', place)
    expect((await setup.readOne()).where).toBe(where)
  })

  it('is given in a conversation in what is known as a group’s direct message', async () => {
    const message = { user: 'U0INES', text: 'Hello?', ts: '1793640200.000100', event_ts: '1793640200.000100' }
    setup.slack.happen({ ...message, type: 'message', channel: 'C0TRIO', channel_type: 'mpim' })
    await setup.readAll()
    await command('new', { channel_id: 'C0TRIO', channel_name: 'privategroup' })
    expect(await setup.readOne()).not.toHaveProperty('where')
  })

  it('answers so that only the person sees it, as literal text', async () => {
    await command('help')
    const { answerTo = {} } = await setup.readOne()
    const outcome = await setup.adapter.send(
      { ...toPart('<!here> & hello'), address: answerTo },
      neverAborted,
    )
    expect(outcome).toEqual({ outcome: 'sent' })
    expect(setup.slack.answers).toEqual(['&lt;!here&gt; &amp; hello'])
    expect(setup.slack.server.requests.some(callsMethod('chat.postMessage'))).toBe(false)
  })

  it.each([
    [404, { outcome: 'rejected' }],
    [429, { outcome: 'retry', afterMs: 30_000 }],
    [500, { outcome: 'unknown' }],
    [302, { outcome: 'rejected' }],
  ])('takes HTTP %d to a private answer for %j', async (status, outcome) => {
    const address = { v: 1, team, channel: 'C0LOBBY', responseUrl: setup.slack.responseUrl() }
    setup.slack.server.fail({ applied: false, kind: 'answer', answer: { status } })
    const part = { ...toPart('Hello'), address }
    expect(await setup.adapter.send(part, neverAborted)).toMatchObject(outcome)
    expect(await setup.adapter.confirm?.(part, startOfTest, neverAborted)).not.toHaveProperty('afterMs')
  })

  it.each([
    'https://evil.example/commands/1',
    'http://hooks.slack.com/commands/1',
    'https://hooks.slack.com.evil.example/1',
    'https://hooks.slack.com:8443/1',
    'nonsense',
  ])('sends no answer to %s', async (responseUrl) => {
    await command('help', { response_url: responseUrl })
    expect(await setup.readOne()).toEqual({ turns: [] })
    const address = { v: 1, team, channel: 'C0LOBBY', responseUrl }
    const outcome = await setup.adapter.send({ ...toPart('Hello'), address }, neverAborted)
    expect(outcome).toMatchObject({ outcome: 'rejected' })
    expect(setup.slack.server.requests).toHaveLength(0)
  })

  it('answers 503 when it cannot be recorded', async () => {
    setup.inbox.breakDown()
    expect(await command('help')).toMatchObject({ status: 503 })
  })

  it('is recorded by nobody without the signature', async () => {
    const request = setup.slack.sign('command=%2Fhotel&channel_id=C0LOBBY&trigger_id=1', formHeaders)
    const headers = { ...request.headers, 'x-slack-signature': `v0=${'1'.repeat(64)}` }
    expect((await setup.route({ ...request, headers })).status).toBe(401)
    expect(setup.inbox.accepted).toHaveLength(0)
  })
})

describe('commands in words', () => {
  it.each([
    ['D0INES', ' Status\n', 'status'],
    ['D0INES', 'NEW', 'new'],
    ['C0LOBBY', `<@${botUser}> new`, 'new'],
    ['C0LOBBY', `<@${botUser}> help`, 'help'],
  ])('in %s, %j asks for %s', async (channel, text, name) => {
    const reading = await readSaid(channel, text)
    expect(reading).toMatchObject({ turns: [], command: name, address: { channel } })
    expect(reading).not.toHaveProperty('answerTo')
  })

  it.each(['help', ' Help\n', 'HELP'])(
    'in a direct message %j is answered, and goes to the hotel',
    async (text) => {
      expect(await readSaid('D0INES', text)).toMatchObject({
        turns: [{ text: text.trim() }],
        command: 'help',
      })
    },
  )

  it.each([
    ['D0INES', 'help me'],
    ['D0INES', 'constructor'],
    ['C0LOBBY', `<@${botUser}> I need help`],
  ])('in %s, %j is for the hotel', async (channel, text) => {
    const { turns, ...rest } = await readSaid(channel, text)
    expect(turns).toHaveLength(1)
    expect(rest).not.toHaveProperty('command')
  })

  it('at the root of a thread begin no conversation, and their answer says so', async () => {
    expect(await readSaid('C0LOBBY', `<@${botUser}> help`)).toMatchObject({ where: 'channel' })
    setup.slack.say({
      channel: 'C0LOBBY',
      user: 'U0INES',
      text: `<@${botUser}> help`,
      threadTs: '1793640100.000100',
    })
    expect(await setup.readOne()).not.toHaveProperty('where')
  })

  it('is no command in a thread that does not mention us', async () => {
    setup.slack.say({ channel: 'C0LOBBY', user: 'U0INES', text: 'help', threadTs: '1793640100.000100' })
    expect(await setup.readOne()).toMatchObject({ turns: [{ text: 'help', onlyInBridged: true }] })
  })
})

describe('the shortcut “Send to the hotel”', () => {
  it('makes a turn of the message, by its author, in its thread', async () => {
    expect(await shortcut()).toEqual({ status: 200, body: '' })
    expect(setup.inbox.recorded).toMatchObject([
      { conversation: 'C0LOBBY:1793640100.000100', keys: ['shortcut:C0LOBBY:1793640100.000200'] },
    ])
    expect(await setup.readOne()).toEqual({
      turns: [
        {
          kind: 'message',
          author: { id: 'U0INES', name: 'Ines Alba' },
          text: 'Is the *pool* open?',
          attachments: [],
          at: 1_793_640_100_000,
          reference: { channel: 'C0LOBBY', ts: '1793640100.000200' },
        },
      ],
      address: { v: 1, team, channel: 'C0LOBBY', threadTs: '1793640100.000100' },
    })
  })

  it('begins a thread at a message that has none, and sends a message once', async () => {
    const { thread_ts: _, ...message } = chosen.message
    await shortcut({ message })
    await shortcut({ message, trigger_id: '7.8.9' })
    expect(setup.inbox.recorded.map(({ conversation }) => conversation)).toEqual([
      'C0LOBBY:1793640100.000200',
    ])
  })

  it.each([
    ['D0INES', 'directmessage'],
    ['C0TRIO', 'mpdm-ines--omar--hotel-1'],
  ])('keeps what is said directly in %s in its one conversation', async (id, name) => {
    const { thread_ts: _, ...message } = chosen.message
    await shortcut({ message, channel: { id, name } })
    expect(setup.inbox.recorded[0]?.conversation).toBe(id)
    expect(await setup.readOne()).toMatchObject({ address: { channel: id } })
  })

  it('counts for the person’s workspace where a whole organisation has installed the app', async () => {
    await shortcut({ team: null, enterprise: { id: 'E0GRID' }, user: { id: 'U0INES', team_id: 'T0BRANCH' } })
    expect(setup.inbox.recorded[0]?.routing).toEqual({
      enterprise: 'E0GRID',
      team: 'T0BRANCH',
      channel: 'C0LOBBY',
    })
  })

  it('sends nothing of ours to the hotel', async () => {
    setup.slack.say({ channel: 'D0INES', user: 'U0INES', text: 'Hello?' })
    await setup.readAll()
    await shortcut({ message: { ...chosen.message, user: botUser } })
    await shortcut({ message: { ...chosen.message, ts: '1.1', metadata: { event_type: 'mews_reply' } } })
    expect(await setup.readAll()).toEqual([{ turns: [] }, { turns: [] }])
  })

  it.each([
    { callback_id: 'another' },
    { type: 'shortcut' },
    { type: 'block_actions', actions: [{}] },
    { type: 'view_submission', view: {} },
    { channel: null },
    { message: null },
    { message: { text: 'no ts' } },
  ])('ignores %j', async (changed) => {
    expect((await shortcut(changed)).status).toBe(200)
    expect(setup.inbox.accepted).toHaveLength(0)
  })
})
