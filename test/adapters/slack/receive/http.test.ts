import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formHeaders } from '../../../fakes/slack/events.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import { fakeWorkspace } from '../../../fakes/slack/slack.ts'
import { createSetup, readFixture, type Setup } from '../setup.ts'

const mention = `<@${fakeWorkspace.botUser}> is the pool open?`

let setup: Setup
beforeEach(async () => {
  setup = await createSetup()
})
afterEach(() => setup.slack.close())

describe('POST /slack/events', () => {
  it('records a message with its conversation, keys and routing, and without the old token', async () => {
    const { slack, route, inbox } = setup
    expect(await route(slack.sign(readFixture('message-im')))).toEqual({ status: 200, body: '' })
    const [arrival] = inbox.recorded
    expect(arrival).toMatchObject({
      conversation: 'D0INES',
      keys: [
        'event:A0HOTEL1:Ev00000001',
        'client:D0INES:U0INES:3f0c2c5e-1a55-4b8e-9f3c-0d7f6a2f9b11',
        'message:D0INES:1793640011.000219',
      ],
      routing: { team: 'T0GUESTS', channel: 'D0INES' },
    })
    expect(arrival?.payload).toContain('Is the desk open at 23:40?')
    expect(arrival?.payload).not.toContain('old-verification-token')
  })

  it('routes what comes from an organisation by that too', async () => {
    const { slack, route, inbox } = setup
    const authorizations = [{ enterprise_id: 'E0GRID', team_id: 'T0GUESTS', user_id: 'U0HOTEL1' }]
    await route(slack.sign({ ...readFixture('message-im'), authorizations }))
    expect(inbox.recorded[0]?.routing).toEqual({
      enterprise: 'E0GRID',
      team: 'T0GUESTS',
      channel: 'D0INES',
    })
  })

  it.each([
    ['message-changed', ['event:A0HOTEL1:Ev', 'edit:D0INES:1793640011.000219:1793640200.000800']],
    ['message-deleted', ['event:A0HOTEL1:Ev', 'deletion:D0INES:1793640011.000219']],
  ])('gives %s keys of its own', async (fixture, keys) => {
    const { slack, route, inbox } = setup
    await route(slack.sign(readFixture(fixture)))
    expect(inbox.recorded[0]?.keys.map((key) => key.replace(/Ev\d+$/, 'Ev'))).toEqual(keys)
  })

  it('takes a message and its app_mention for one, whichever comes first', async () => {
    const { slack, route, inbox } = setup
    slack.say({ channel: 'C0LOBBY', user: 'U0INES', text: mention })
    slack.say({ channel: 'C0LOBBY', user: 'U0INES', text: mention })
    const [message, alias, alias2, message2] = slack.waiting.splice(0)
    slack.waiting.push(message, alias, message2, alias2)
    await slack.deliver(route)
    expect(inbox.recorded).toHaveLength(2)
  })

  it('takes a mention in a group’s direct message for a part of it, though it comes before the message', async () => {
    const group = { channel: 'C0TRIO', user: 'U0INES', text: mention }
    const at = (ts: string) => ({ ...group, ts, event_ts: ts })
    const say = (ts: string): void => {
      setup.slack.happen({ ...at(ts), type: 'app_mention' })
      setup.slack.happen({ ...at(ts), type: 'message', channel_type: 'mpim' })
    }
    setup.slack.happen({ ...at('1793640200.000100'), type: 'message', channel_type: 'mpim' })
    await setup.readAll()
    say('1793640201.000100')
    expect(await setup.readAll()).toMatchObject([
      { turns: [{ text: 'is the pool open?' }], address: { channel: 'C0TRIO' } },
    ])
    say('1793640202.000100')
    expect((await setup.readAll()).map(({ address }) => address)).toEqual([
      { v: 1, team: 'T0GUESTS', channel: 'C0TRIO' },
    ])
    expect(setup.inbox.recorded.map(({ conversation }) => conversation)).toEqual([
      'C0TRIO',
      'C0TRIO',
      'C0TRIO',
    ])
  })

  it('takes a mention for the beginning of a thread where nothing is known of its channel, or our arrival and commands alone', async () => {
    const inLobby = { channel: 'C0LOBBY', user: 'U0INES', text: mention, ts: '1793640201.000100' }
    setup.slack.happen({ type: 'member_joined_channel', user: fakeWorkspace.botUser, channel: 'C0LOBBY' })
    await setup.readAll()
    setup.slack.happen({ ...inLobby, event_ts: inLobby.ts, type: 'app_mention' })
    expect(await setup.readAll()).toMatchObject([{ address: { channel: 'C0LOBBY', threadTs: inLobby.ts } }])
    expect(setup.inbox.recorded.map(({ conversation }) => conversation)).toEqual([
      'C0LOBBY',
      `C0LOBBY:${inLobby.ts}`,
    ])
  })

  it.each([
    ['first', false],
    ['last', true],
  ])('takes an edit that adds a mention for one, told %s as a message', async (_, mentionFirst) => {
    const ts = setup.slack.say({ channel: 'C0LOBBY', user: 'U0INES', text: 'is breakfast included?' })
    setup.slack.edit('C0LOBBY', ts, '<@U0HOTELBOT> is breakfast included?')
    const { waiting } = setup.slack
    if (mentionFirst) waiting.reverse()
    expect(waiting).toHaveLength(3)
    const turns = (await setup.readAll()).flatMap((reading) => reading.turns)
    expect(turns).toMatchObject([{ kind: 'edit', text: 'is breakfast included?' }])
    expect(setup.inbox.recorded.map(({ conversation }) => conversation)).toEqual([`C0LOBBY:${ts}`])
  })

  it('takes one gesture that Slack made two messages of for one', async () => {
    const { slack, route, inbox } = setup
    const body = readFixture('message-im')
    const again = { ...(body['event'] as object), ts: '1793640032.000300' }
    await route(slack.sign(body))
    await route(slack.sign({ ...body, event_id: 'Ev2', event: again }))
    expect(inbox.recorded).toHaveLength(1)
    await route(slack.sign({ ...body, event_id: 'Ev3', event: { ...again, user: 'U0OMAR', ts: '1.1' } }))
    expect(inbox.recorded).toHaveLength(2)
  })

  it('accepts what Slack sends again after a failure, once', async () => {
    const { slack, route, inbox } = setup
    slack.say({ channel: 'D0INES', user: 'U0INES', text: 'Hello?' })
    let calls = 0
    const statuses = await slack.deliver(async (request) => {
      calls += 1
      if (calls === 1) throw new Error('the connection broke')
      const answer = await route(request)
      return calls === 2 ? { status: 504 } : answer
    })
    expect(statuses).toEqual([[0, 504, 200]])
    expect(inbox.accepted).toHaveLength(2)
    expect(inbox.recorded).toHaveLength(1)
  })

  it('answers 503, and lets Slack try again, when nothing can be recorded', async () => {
    const { slack, route, inbox, logged } = setup
    inbox.breakDown()
    slack.say({ channel: 'D0INES', user: 'U0INES', text: 'a secret wish' })
    expect(await slack.deliver(route)).toEqual([[503, 503, 503, 503]])
    expect(logged.join()).toContain('could not be recorded')
    expect(logged.join()).not.toContain('a secret wish')
  })

  it('keeps its own posts as proof of delivery and records none', async () => {
    const { slack, route, inbox } = setup
    for (const name of ['own-post', 'own-post-overridden', 'own-post-changed', 'own-post-deleted'])
      expect((await route(slack.sign(readFixture(name)))).status).toBe(200)
    expect(inbox.accepted).toHaveLength(0)
  })

  it('answers the challenge of url_verification', async () => {
    const { slack, route } = setup
    const body = readFixture('url-verification')
    expect(await route(slack.sign(body))).toEqual({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ challenge: body['challenge'] }),
    })
  })

  it('says in the log that Slack withholds events, and counts it', async () => {
    const { slack, route, logged, counted } = setup
    expect((await route(slack.sign(readFixture('app-rate-limited')))).status).toBe(200)
    expect(logged.join()).toMatch(/T0GUESTS.*withholds/)
    expect(counted).toEqual(['withheld'])
  })

  it('takes what belongs to a hotel by whom Slack authorised, though it happened at another customer’s', async () => {
    const { slack, route, inbox } = setup
    for (const [team_id, enterprise_id] of [
      ['T0HOTEL01', null],
      ['T0HOTEL01', undefined],
      [null, 'E0HOTEL'],
      ['T0HOTEL01', 'E0HOTEL'],
    ]) {
      const there = {
        team_id: 'T0PARTNER',
        enterprise_id: 'E0PARTNER',
        event_id: `Ev${inbox.recorded.length}`,
      }
      const event = {
        ...(readFixture('message-im')['event'] as object),
        client_msg_id: undefined,
        ts: `179364001${inbox.recorded.length}.000219`,
      }
      const authorizations = [{ enterprise_id, team_id, user_id: 'U0HOTELBOT', is_bot: true }]
      await route(slack.sign({ ...readFixture('message-im'), ...there, event, authorizations }))
    }
    expect(inbox.recorded.map(({ routing }) => routing)).toEqual([
      { team: 'T0HOTEL01', channel: 'D0INES' },
      { team: 'T0HOTEL01', channel: 'D0INES' },
      { enterprise: 'E0HOTEL', channel: 'D0INES' },
      { team: 'T0HOTEL01', enterprise: 'E0HOTEL', channel: 'D0INES' },
    ])
    const addresses = []
    for (const { payload } of inbox.recorded)
      addresses.push((await setup.adapter.read(payload, neverAborted)).address)
    expect(addresses).toEqual([
      { v: 1, team: 'T0HOTEL01', channel: 'D0INES' },
      { v: 1, team: 'T0HOTEL01', channel: 'D0INES' },
      { v: 1, team: '', enterprise: 'E0HOTEL', channel: 'D0INES' },
      { v: 1, team: 'T0HOTEL01', enterprise: 'E0HOTEL', channel: 'D0INES' },
    ])
  })

  it('goes by where it happened while Slack names nobody whom it authorised, or the same organisation', async () => {
    const { slack, route, inbox } = setup
    const grid = { ...readFixture('message-im'), enterprise_id: 'E0GRID' }
    const routing = { enterprise: 'E0GRID', team: 'T0GUESTS', channel: 'D0INES' }
    for (const authorizations of [
      undefined,
      [],
      [{ user_id: 'U0HOTELBOT' }],
      [{ team_id: null, enterprise_id: 'E0GRID', is_enterprise_install: true }],
      [{ team_id: 'T0GUESTS', is_enterprise_install: true }],
    ]) {
      const event = {
        ...(grid as { event?: object }).event,
        client_msg_id: undefined,
        ts: `1.${inbox.recorded.length}`,
      }
      await route(slack.sign({ ...grid, event, authorizations, event_id: `Ev${inbox.recorded.length}` }))
    }
    expect(inbox.recorded).toHaveLength(5)
    for (const arrival of inbox.recorded) expect(arrival.routing).toEqual(routing)
  })

  it('authenticates url_verification and ssl_check like everything else', async () => {
    const { slack, route } = setup
    for (const request of [
      slack.sign(readFixture('url-verification')),
      slack.sign('ssl_check=1', formHeaders),
    ]) {
      const headers = { ...request.headers, 'x-slack-signature': `v0=${'1'.repeat(64)}` }
      expect(await route({ ...request, headers })).toEqual({ status: 401, body: '' })
    }
  })

  it.each([301_000, -301_000])('refuses a request signed %d ms away', async (offset) => {
    const { slack, route, clock } = setup
    const request = slack.sign(readFixture('message-im'))
    clock.step(offset)
    expect((await route(request)).status).toBe(401)
  })

  it.each([
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['a text', '"x"'],
    ['half an event', JSON.stringify(readFixture('message-im')).slice(0, -20)],
    ['bytes that are no text', '\uFFFD\u0000'],
    [
      'a guest’s message nested beyond reason',
      (() => {
        const event = { type: 'message', user: 'U0INES', ts: '1.1', channel: 'D0INES', text: 'x' }
        const nested = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
        return JSON.stringify({ type: 'event_callback', event }).replace(/\}$/, `,"x":${nested}}`)
      })(),
    ],
  ])('refuses %s with 400', async (_, body) => {
    const { slack, route, inbox } = setup
    expect(await route(slack.sign(body))).toEqual({ status: 400, body: '' })
    expect(inbox.accepted).toHaveLength(0)
  })

  it.each([
    { type: 'event_callback' },
    { type: 'event_callback', event: null },
    { type: 'event_callback', event: [] },
    { type: 'event_callback', event: { type: 'message' }, authorizations: [null, 7, {}] },
    { type: 'event_callback', event: { type: 'message', subtype: 'message_changed', message: null } },
    { type: 'event_callback', event: { type: 'message', subtype: 'message_deleted' } },
    { type: 'event_callback', event: { type: 'message', user: {}, text: [], ts: 1, channel: {} } },
    { type: 'something_new' },
    {},
  ])('answers %j with 200 and records nothing', async (body) => {
    const { slack, route, inbox } = setup
    expect((await route(slack.sign(body))).status).toBe(200)
    expect(inbox.accepted).toHaveLength(0)
  })

  it('reads JSON whatever the content type says', async () => {
    const { slack, route, inbox } = setup
    await route(slack.sign(readFixture('message-im'), { 'content-type': 'text/plain' }))
    expect(inbox.recorded).toHaveLength(1)
  })
})
