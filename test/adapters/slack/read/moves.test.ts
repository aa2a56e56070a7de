import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { neverAborted } from '../../../fakes/clock.ts'
import { createAdapterContext } from '../../../fakes/adapter-context.ts'
import { fakeWorkspace, type FakeBot } from '../../../fakes/slack/slack.ts'
import { createSetup, oauth, patiently, toPart, type Setup } from '../setup.ts'

let setup: Setup
beforeEach(async () => {
  setup = await createSetup()
})
afterEach(() => setup.slack.close())

const change = (from: string, to: string): Readonly<Record<string, unknown>> => ({
  type: 'channel_id_changed',
  old_channel_id: from,
  new_channel_id: to,
  event_ts: '1793640300.000100',
})

/** Ines writes. */
const at = (channel: string, text: string, threadTs?: string, via: FakeBot = fakeWorkspace): string =>
  setup.slack.say({ channel, user: 'U0INES', text, via, ...(threadTs === undefined ? {} : { threadTs }) })
const begin = (channel: string): string => at(channel, `<@${fakeWorkspace.botUser}> Towels?`)
const conversations = (): readonly string[] => setup.inbox.recorded.map(({ conversation }) => conversation)
const send = async (address = {}): Promise<void> => {
  setup.clock.step(1000)
  await setup.adapter.send({ ...toPart('Yes'), address }, neverAborted)
}

describe('when a channel gets another id', () => {
  it('its conversations stay the same, and their replies go where it is now', async () => {
    const root = begin('G0VIP')
    const [first] = await setup.readAll()
    const address = first?.address
    setup.slack.happen(change('G0VIP', 'C0VIP'))
    expect(await setup.readAll()).toEqual([])
    at('C0VIP', 'Two, please', root)
    const [later] = await setup.readAll()
    expect(later).toMatchObject({ turns: [{ text: 'Two, please' }], address: { channel: 'C0VIP' } })
    expect(conversations()).toEqual([`G0VIP:${root}`, `G0VIP:${root}`])
    expect(setup.inbox.recorded[1]?.routing).toEqual({ team: 'T0GUESTS', channel: ['C0VIP', 'G0VIP'] })
    for (const old of [address, later?.address]) await send(old)
    expect([setup.slack.posted('G0VIP'), setup.slack.posted('C0VIP')]).toEqual([[], ['Yes', 'Yes']])
    setup.slack.waiting.splice(0)
    const since = setup.clock.now()
    setup.clock.step(15_000)
    const part = { ...toPart('Yes'), address: address ?? {} }
    expect(await setup.adapter.confirm?.(part, since, neverAborted)).toMatchObject({ outcome: 'sent' })
  })

  it('of several changes, told twice and out of order, none is missed', async () => {
    const root = begin('G0VIP')
    await setup.readAll()
    for (const [from, to] of [
      ['C0VIP', 'C1VIP'],
      ['G0VIP', 'C0VIP'],
      ['C0VIP', 'C1VIP'],
    ] as const)
      setup.slack.happen(change(from, to))
    for (const place of ['C0VIP', 'C1VIP']) at(place, 'Two, please', root)
    const addresses = (await setup.readAll()).map(({ address }) => address)
    expect(new Set(conversations())).toEqual(new Set([`G0VIP:${root}`]))
    for (const address of addresses) await send(address)
    expect(setup.slack.posted('C1VIP')).toEqual(['Yes', 'Yes'])
  })

  it('what was begun under the new id before Slack told of it goes on there, and older threads under the old id', async () => {
    const old = begin('G0VIP')
    const early = begin('C0VIP')
    at('C0VIP', `<@${fakeWorkspace.botUser}> And soap?`, old)
    await setup.readAll()
    setup.slack.happen(change('G0VIP', 'C0VIP'))
    setup.slack.happen(change('C0VIP', 'C1VIP'))
    await setup.readAll()
    for (const channel of ['C0VIP', 'C1VIP']) for (const root of [early, old]) at(channel, 'Two', root)
    const later = begin('C1VIP')
    const addresses = (await setup.readAll()).map(({ address }) => address?.['channel'])
    expect(conversations().slice(3)).toEqual([
      `C0VIP:${early}`,
      `G0VIP:${old}`,
      `C0VIP:${early}`,
      `G0VIP:${old}`,
      `G0VIP:${later}`,
    ])
    expect(addresses.at(-1)).toBe('C1VIP')
  })

  it('the installation that posts there stays the same', async () => {
    await setup.slack.close()
    setup = await createSetup({ oauth })
    const agency = { team: 'T0AGENCY', botUser: 'U0AGENCYBOT', botId: 'B0AGENCY', botToken: 'xoxb-agency' }
    for (const bot of [fakeWorkspace, agency]) {
      setup.slack.installs.add(bot)
      const { botToken, botUser } = bot
      await setup.vault.set(`t:${bot.team}`, { v: 1, botToken, botUser, installedAt: 0 })
    }
    const root = begin('C0SHARED')
    await setup.readAll()
    setup.slack.happen(change('C0SHARED', 'C1SHARED'))
    at('C1SHARED', 'Two', root, agency)
    expect((await setup.readAll()).at(-1)?.address).toMatchObject({ team: 'T0GUESTS', channel: 'C1SHARED' })
  })

  it('what may not be recorded is sent again', async () => {
    await setup.slack.close()
    const vault = createAdapterContext().vault
    let away = true
    setup = await createSetup(
      {},
      {
        vault: {
          ...vault,
          set: (...given) => (away ? Promise.reject(new Error('away')) : vault.set(...given)),
        },
      },
    )
    const root = begin('G0VIP')
    setup.slack.happen(change('G0VIP', 'C0VIP'))
    const statuses = await setup.slack.deliver((request) => {
      if (request.headers['x-slack-retry-num'] === '2') away = false
      return setup.route(request)
    })
    expect(statuses.at(-1)).toEqual([503, 503, 200])
    at('C0VIP', 'Two, please', root)
    await setup.readAll()
    expect(new Set(conversations())).toEqual(new Set([`G0VIP:${root}`]))
  })

  it('replies whose address is older go there too', async () => {
    setup.slack.happen(change('C0LOBBY', 'C0HALL'))
    await setup.readAll()
    await setup.adapter.send(toPart('Yes', '1793640100.000100'), neverAborted)
    expect(setup.slack.posted('C0HALL')).toEqual(['Yes'])
  })

  it('everything in it is for the hotel where that was set by its old id', async () => {
    await setup.slack.close()
    setup = await createSetup({ openChannels: ['G0VIP'] })
    setup.slack.happen(change('G0VIP', 'C0VIP'))
    at('C0VIP', 'Towels?')
    const [reading] = await setup.readAll()
    expect(reading?.turns[0]).not.toHaveProperty('onlyInBridged')
  })
})

const reply = async (address = {}) => {
  setup.clock.step(1000)
  return setup.adapter.send({ ...toPart('Until ten.'), address }, neverAborted)
}
const inGroup = async (channel: string) => {
  const ts = '1793640250.000100'
  const event = { type: 'message', channel, channel_type: 'mpim', user: 'U0INES', text: 'Open?', ts }
  setup.slack.happen({ ...event, event_ts: ts })
  return (await setup.readOne()).address
}
const missed = async (address = {}) => {
  setup.slack.refuse('chat.postMessage', 'channel_not_found')
  return reply(address)
}

describe('a channel that Slack does not know any more', () => {
  const refused = { outcome: 'rejected', kind: 'closed' }

  it.each(['G0TRIP', 'C0TRIP'])(
    'may be a group, %s, with another id, which the reply waits for',
    async (id) => {
      const address = await inGroup(id)
      for (const afterMs of [1000, 1000, 2000, 3000, 4000, 5000, 5000])
        expect(await missed(address)).toMatchObject({ outcome: 'retry', afterMs })
      setup.slack.happen(change(id, 'C1TRIP'))
      await patiently(setup.clock, setup.readAll())
      expect(await reply(address)).toMatchObject({ outcome: 'sent' })
      expect(setup.slack.posted('C1TRIP')).toEqual(['Until ten.'])
    },
  )

  it('is given up after two minutes, and then at once until Slack knows it again', async () => {
    const address = await inGroup('C0TRIP')
    expect(await missed(address)).toMatchObject({ outcome: 'retry' })
    setup.clock.step(120_000)
    expect(await missed(address)).toMatchObject(refused)
    expect(await missed(address)).toMatchObject(refused)
    expect(await reply(address)).toMatchObject({ outcome: 'sent' })
    expect(await missed(address)).toMatchObject({ outcome: 'retry' })
  })

  it('is read again under its new id where the outcome of a reply is unknown', async () => {
    const address = await inGroup('C0TRIP')
    const confirm = () =>
      setup.adapter.confirm?.({ ...toPart('Until ten.'), address: { ...address } }, 0, neverAborted)
    setup.slack.refuse('conversations.history', 'channel_not_found')
    expect(await confirm()).toMatchObject({ outcome: 'cannot tell', afterMs: 1000 })
    setup.slack.happen(change('C0TRIP', 'C1TRIP'))
    await patiently(setup.clock, setup.readAll())
    await reply({ ...address, channel: 'C1TRIP' })
    setup.clock.step(60_000)
    expect(await confirm()).toMatchObject({ outcome: 'sent' })
  })

  it('is gone at once where it is no group', async () => {
    begin('C0LOBBY')
    const { address } = await setup.readOne()
    expect(await missed(address)).toMatchObject(refused)
  })
})
