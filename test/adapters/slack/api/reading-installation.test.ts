import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Reading } from '../../../../src/port.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import { callsMethod, fakeWorkspace, type FakeBot } from '../../../fakes/slack/slack.ts'
import { createSetup, oauth, startOfTest, toPart, type Setup } from '../setup.ts'

const agency: FakeBot = {
  team: 'T0AGENCY',
  botUser: 'U0AGENCYBOT',
  botId: 'B0AGENCY',
  botToken: 'xoxb-fake-agency-token',
}
const group: FakeBot = { ...agency, enterprise: 'E0GROUP', ofOrganisation: true }

let setup: Setup
beforeEach(async () => {
  setup = await createSetup({ oauth })
  setup.slack.installs.add(agency)
})
afterEach(() => setup.slack.close())

const install = ({ botToken, botUser }: FakeBot, key: string): Promise<void> =>
  setup.vault.set(key, { v: 1, botToken, botUser, installedAt: startOfTest - 1000 })

const say = (text: string, via: FakeBot, channel = 'C0SHARED', threadTs?: string): string =>
  setup.slack.say({ channel, user: 'U0INES', text, via, ...(threadTs === undefined ? {} : { threadTs }) })

/** What was recorded already is read again, as if only now; what comes now is read before it. */
const readLate = async (later: () => void): Promise<Reading | undefined> => {
  await setup.slack.deliver(setup.route)
  const [first] = setup.inbox.recorded
  later()
  await setup.slack.deliver(setup.route)
  const others = setup.inbox.recorded.slice(1)
  for (const { payload } of others) await setup.adapter.read(payload, neverAborted)
  return first === undefined ? undefined : setup.adapter.read(first.payload, neverAborted)
}

const toldOf = (): readonly string[] => setup.logged.filter((line) => line.includes('passed over'))
const asked = (): number => setup.slack.server.requests.filter(callsMethod('users.info')).length

describe('what a workspace wrote that ended its installation before it was read', () => {
  it.each([
    ['app_uninstalled', {}],
    ['tokens_revoked', { tokens: { bot: [fakeWorkspace.botUser] } }],
  ])('reaches the hotel, without look-ups, after %s', async (type, fields) => {
    await install(fakeWorkspace, 't:T0GUESTS')
    say('Water is coming through the ceiling <@U0OMAR>', fakeWorkspace, 'D0INES')
    const reading = await readLate(() => setup.slack.happen({ type, ...fields }))
    expect(await setup.vault.get('t:T0GUESTS')).toBeUndefined()
    expect(reading).toMatchObject({
      turns: [
        { text: 'Water is coming through the ceiling @U0OMAR', author: { id: 'U0INES', name: 'U0INES' } },
      ],
      address: { v: 1, team: 'T0GUESTS', channel: 'D0INES' },
    })
    expect(asked()).toBe(0)
    const part = { ...toPart('We come'), address: reading?.address ?? {} }
    expect(await setup.adapter.send(part, neverAborted)).toMatchObject({
      outcome: 'rejected',
      reason: expect.stringContaining('install it again'),
    })
    expect(toldOf()).toEqual([])
  })

  it('reaches it, too, where its whole organisation has ended the installation, and with files by what is known of them', async () => {
    await install(group, 'e:E0GROUP')
    const files = [{ id: 'F0SCAN', mode: 'file_access', file_access: 'check_file_info' }]
    setup.slack.say({ channel: 'D0INES', user: 'U0INES', text: 'The scan', files, via: group })
    const reading = await readLate(() => setup.slack.happen({ type: 'app_uninstalled' }, group))
    expect(await setup.vault.get('e:E0GROUP')).toBeUndefined()
    expect(reading?.turns).toMatchObject([{ text: 'The scan', attachments: [{ name: 'file' }] }])
    expect(setup.slack.server.requests).toHaveLength(0)
  })

  it('is read with the token of one that installs again', async () => {
    setup.slack.addUser('U0OMAR', 'Omar')
    await install(fakeWorkspace, 't:T0GUESTS')
    say('With <@U0OMAR>', fakeWorkspace, 'D0INES')
    const reading = await readLate(() => {
      setup.slack.happen({ type: 'app_uninstalled' })
      setup.clock.step(1000)
    })
    expect(reading?.turns[0]?.text).toBe('With @U0OMAR')
    await install(fakeWorkspace, 't:T0GUESTS')
    const { payload = '' } = setup.inbox.recorded[0] ?? {}
    expect((await setup.adapter.read(payload, neverAborted)).turns[0]?.text).toBe('With @Omar')
  })
})

describe('what Slack tells for a workspace that has not installed the app', () => {
  it('is read with the installation that is known in the channel', async () => {
    await install(fakeWorkspace, 't:T0GUESTS')
    const root = say(`<@${fakeWorkspace.botUser}> towels, please`, fakeWorkspace)
    await setup.readAll()
    say('and soap', agency, 'C0SHARED', root)
    say(`<@${fakeWorkspace.botUser}> are you there?`, agency, 'C0SHARED', root)
    const read = await setup.readAll()
    const address = { v: 1, team: 'T0GUESTS', channel: 'C0SHARED', threadTs: root }
    expect(read).toMatchObject([
      { turns: [{ text: 'and soap', author: { name: 'Ines Alba' } }], address },
      { turns: [{ text: 'are you there?' }], address },
    ])
    expect(await setup.vault.get('channel:C0SHARED')).toEqual({ v: 1, workspaces: [{ team: 'T0GUESTS' }] })
    const tokens = setup.slack.server.requests.map(({ headers }) => headers.authorization)
    expect(new Set(tokens)).toEqual(new Set([`Bearer ${fakeWorkspace.botToken}`]))
    expect(toldOf()).toEqual([])
  })

  it('is read with another one where the first has ended', async () => {
    await install(fakeWorkspace, 't:T0GUESTS')
    await install(agency, 't:T0AGENCY')
    for (const via of [fakeWorkspace, agency]) say(`<@${via.botUser}> towels, please`, via)
    await setup.readAll()
    setup.clock.step(1000)
    setup.slack.happen({ type: 'app_uninstalled' })
    await setup.readAll()
    say(`<@${fakeWorkspace.botUser}> and soap`, fakeWorkspace)
    expect(await setup.readAll()).toMatchObject([
      { turns: [{ text: 'and soap', author: { name: 'Ines Alba' } }] },
    ])
  })

  it('is passed over elsewhere, and told of once, by ids', async () => {
    await install(fakeWorkspace, 't:T0GUESTS')
    for (const channel of ['C0THEIRS', 'D0INES']) say(`<@${agency.botUser}> free money`, agency, channel)
    expect(await setup.readAll()).toEqual([{ turns: [] }, { turns: [] }])
    expect(toldOf()).toEqual([
      '[{"platform":"slack","team":"T0AGENCY"},"events of a Slack workspace that has not installed the app are passed over"]',
    ])
  })
})
