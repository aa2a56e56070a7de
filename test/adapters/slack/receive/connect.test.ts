import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Address, Outcome } from '../../../../src/port.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import { fakeWorkspace, type FakeBot } from '../../../fakes/slack/slack.ts'
import { createSetup, oauth, patiently, readFixture, toPart, type Setup } from '../setup.ts'

/** Our bot in the agency's workspace, which shares channels with the guests'. */
const agency: FakeBot = {
  team: 'T0AGENCY',
  botUser: 'U0AGENCYBOT',
  botId: 'B0AGENCY',
  botToken: 'xoxb-fake-agency-token',
}
const channel = 'C0SHARED'

let setup: Setup
beforeEach(async () => {
  setup = await createSetup({ oauth })
  setup.slack.installs.add(agency)
  for (const { team, botToken, botUser } of [fakeWorkspace, agency])
    await setup.vault.set(`t:${team}`, { v: 1, botToken, botUser, installedAt: 0 })
})
afterEach(() => setup.slack.close())

const mention = (text: string, via: FakeBot): string =>
  setup.slack.say({ channel, user: 'U0INES', text: `<@${via.botUser}> ${text}`, via })
const send = async (address: Address = {}): Promise<Outcome> => {
  setup.clock.step(1000)
  return setup.adapter.send({ ...toPart('Yes'), address }, neverAborted)
}
const posters = (): readonly string[] =>
  setup.slack.room
    .all(channel)
    .filter(({ bot_id }) => bot_id !== undefined)
    .map(({ user }) => user)

describe('in a channel that organisations share', () => {
  it('a conversation is the channel’s, and the installation that saw it first answers', async () => {
    const root = mention('Towels?', fakeWorkspace)
    const first = await setup.readOne()
    setup.slack.say({ channel, user: 'U0INES', text: 'Two, please', threadTs: root, via: agency })
    const second = await setup.readOne()
    expect(new Set(setup.inbox.recorded.map(({ conversation }) => conversation))).toEqual(
      new Set([`${channel}:${root}`]),
    )
    expect(second.address).toEqual(first.address)
    expect(second.address).toMatchObject({ team: 'T0GUESTS' })
    expect(await send(second.address)).toMatchObject({ outcome: 'sent' })
    expect(posters()).toEqual(['U0HOTELBOT'])
  })

  it.each([
    'account_inactive',
    'token_revoked',
    'invalid_auth',
    'not_in_channel',
    'channel_not_found',
    'team_access_not_granted',
  ])('another installation takes over when the first ends with %s', async (code) => {
    const root = mention('Towels?', fakeWorkspace)
    const { address } = await setup.readOne()
    setup.slack.say({ channel, user: 'U0INES', text: 'Please', threadTs: root, via: agency })
    await setup.readAll()
    setup.slack.installs.end(fakeWorkspace, code)
    expect(await send(address)).toMatchObject({ outcome: 'retry' })
    expect(await send(address)).toMatchObject({ outcome: 'sent' })
    expect(posters()).toEqual(['U0AGENCYBOT'])
    setup.slack.say({ channel, user: 'U0INES', text: 'And soap', threadTs: root, via: agency })
    expect(await setup.readOne()).toMatchObject({ address: { team: 'T0AGENCY' } })
  })

  it('another installation takes over when the first is gone from the records', async () => {
    mention('Towels?', fakeWorkspace)
    const { address } = await setup.readOne()
    mention('Towels?', agency)
    await setup.readAll()
    await setup.vault.delete('t:T0GUESTS')
    expect(await send(address)).toMatchObject({ outcome: 'retry' })
    expect(await send(address)).toMatchObject({ outcome: 'sent' })
  })

  it('another installation takes over when the first gets no token any more', async () => {
    mention('Towels?', fakeWorkspace)
    const { address } = await setup.readOne()
    mention('Towels?', agency)
    await setup.readAll()
    const { botToken, botUser } = fakeWorkspace
    const rotation = { refreshToken: 'used', expiresAt: 0 }
    await setup.vault.set('t:T0GUESTS', { v: 1, botToken, botUser, installedAt: 0, rotation })
    expect(await patiently(setup.clock, send(address))).toMatchObject({ outcome: 'retry', afterMs: 60_000 })
    setup.clock.step(60_000)
    expect(await send(address)).toMatchObject({
      outcome: 'retry',
      reason: expect.stringContaining('takes over'),
    })
    expect(await send(address)).toMatchObject({ outcome: 'sent' })
  })

  it('nobody takes over when no other installation is there', async () => {
    mention('Towels?', fakeWorkspace)
    const { address } = await setup.readOne()
    setup.slack.installs.end(fakeWorkspace, 'account_inactive')
    expect(await send(address)).toMatchObject({ outcome: 'rejected' })
    expect(await send(address)).toMatchObject({ outcome: 'rejected' })
  })

  it('what begins there is routed by that installation, whichever Slack tells of it for', async () => {
    for (const via of [fakeWorkspace, agency, agency]) {
      mention('Towels?', via)
      await setup.readAll()
      setup.clock.step(60_000)
    }
    const routing = { team: 'T0GUESTS', channel }
    expect(setup.inbox.recorded.map((arrival) => arrival.routing)).toEqual([routing, routing, routing])
  })

  it('a workspace whose organisation is known wrongly, or has changed, is known by the newest', async () => {
    const workspaces = [{ team: 'T0GUESTS', enterprise: 'E0PARTNER' }, { team: 'T0AGENCY' }]
    await setup.vault.set(`channel:${channel}`, { v: 1, workspaces })
    mention('Towels?', fakeWorkspace)
    expect((await setup.readOne()).address).not.toHaveProperty('enterprise')
    mention('Towels?', { ...agency, enterprise: 'E0GROUP' })
    await setup.readAll()
    expect(await setup.vault.get(`channel:${channel}`)).toEqual({
      v: 1,
      workspaces: [{ team: 'T0GUESTS' }, { team: 'T0AGENCY', enterprise: 'E0GROUP' }],
    })
  })

  it('who posts there is looked up once a minute', async () => {
    const { vault } = setup
    const get = vault.get.bind(vault)
    let looks = 0
    mention('Towels?', fakeWorkspace)
    await setup.readAll()
    setup.vault.get = (key) => {
      if (key === `channel:${channel}`) looks += 1
      return get(key)
    }
    for (const via of [fakeWorkspace, agency, agency]) mention('Towels?', via)
    await setup.slack.deliver(setup.route)
    expect(looks).toBe(1)
    setup.clock.step(60_001)
    mention('Towels?', fakeWorkspace)
    await setup.slack.deliver(setup.route)
    expect(looks).toBe(2)
  })

  it('the mention of any of our bots begins a conversation', async () => {
    await setup.vault.set('bots', { v: 1, users: [agency.botUser] })
    setup.slack.say({ channel: 'D0INES', user: 'U0INES', text: 'wake up' })
    await setup.readAll()
    setup.slack.say({ channel, user: 'U0INES', text: `<@${agency.botUser}> Towels?` })
    expect(await setup.readOne()).toMatchObject({ turns: [{ text: 'Towels?' }] })
  })

  it('external people have the names that Slack sends along when it does not tell others', async () => {
    await setup.route(setup.slack.sign(readFixture('file-access')))
    expect(await setup.readOne()).toMatchObject({ turns: [{ author: { name: 'Omar Agency' } }] })
  })

  it.each([
    ['the name and size', { id: 'F0SCAN', name: 'scan.pdf', size: 2048 }, { name: 'scan.pdf', size: 2048 }],
    ['a word', undefined, { name: 'file' }],
  ])('a file that comes as a stub has %s', async (_, file, attachment) => {
    if (file !== undefined) setup.slack.files.set('F0SCAN', file)
    await setup.route(setup.slack.sign(readFixture('file-access')))
    expect((await setup.readOne()).turns[0]?.attachments).toEqual([attachment])
  })
})

describe('loops between two installations of ours', () => {
  it.each([
    ['a post as it is', {}],
    ['a post without the app’s id', { app_id: undefined, bot_profile: undefined, bot_id: undefined }],
    [
      'a post of which only the user is known',
      { app_id: undefined, bot_profile: undefined, bot_id: undefined, metadata: undefined },
    ],
  ])('do not begin with %s', async (_, changed) => {
    mention('Towels?', fakeWorkspace)
    const { address } = await setup.readOne()
    await send(address)
    const [posted] = setup.slack.room.all(channel).filter(({ bot_id }) => bot_id !== undefined)
    setup.slack.waiting.splice(0)
    const before = setup.inbox.recorded.length
    // The agency's copy of us sees what the guests' copy wrote.
    const event = { ...posted, ...changed, channel, channel_type: 'channel' }
    setup.slack.happen(JSON.parse(JSON.stringify(event)) as Readonly<Record<string, unknown>>, agency)
    expect(await setup.readAll()).toEqual([])
    expect(setup.inbox.recorded).toHaveLength(before)
  })

  it('do not begin with what came before anything was read', async () => {
    mention('Towels?', fakeWorkspace)
    await setup.slack.deliver(setup.route)
    const ts = '1793640300.000100'
    const text = `<@${agency.botUser}> Yes`
    setup.slack.happen({ type: 'app_mention', user: fakeWorkspace.botUser, channel, ts, text }, agency)
    await setup.slack.deliver(setup.route)
    expect(setup.inbox.recorded).toHaveLength(1)
  })
})
