import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ConversationState } from '../../../../src/port.ts'
import { fakeWorkspace } from '../../../fakes/slack/slack.ts'
import { createAdapterContext } from '../../../fakes/adapter-context.ts'
import { createSetup, readFixture, startOfTest, type Setup } from '../setup.ts'

const { team, botUser } = fakeWorkspace

let states: readonly ConversationState[] = []
let setup: Setup
beforeEach(async () => {
  states = []
  setup = await createSetup(
    {},
    {
      directory: {
        ...createAdapterContext().directory,
        statesOf: async (ids) => states.filter(({ conversation }) => ids.includes(conversation)),
      },
    },
  )
})
afterEach(() => setup.slack.close())

const openHome = (tab = 'home') =>
  setup.slack.happen({ type: 'app_home_opened', user: 'U0INES', channel: 'D0INES', tab, event_ts: '1.1' })
const home = (): string => JSON.stringify(setup.slack.homes.get('U0INES'))

describe('the App Home', () => {
  it('says how to begin, and hello', async () => {
    openHome()
    expect(await setup.readOne()).toEqual({
      turns: [],
      address: { v: 1, team, channel: 'D0INES' },
      greet: 'person',
    })
    expect(home()).toContain('You have none yet')
  })

  it('shows the person’s conversations and how each fares', async () => {
    const ts = setup.slack.say({ channel: 'C0LOBBY', user: 'U0INES', text: `<@${botUser}> Towels?` })
    setup.slack.say({ channel: 'D0INES', user: 'U0INES', text: 'Hello?' })
    await setup.readAll()
    const lobby = setup.inbox.recorded[0]?.conversation
    const direct = setup.inbox.recorded[1]?.conversation
    if (lobby === undefined || direct === undefined) throw new Error('nothing was recorded')
    states = [
      { conversation: lobby, waiting: 2, lastAt: startOfTest },
      // The look itself waits in the direct message.
      { conversation: direct, waiting: 1, lastAt: startOfTest },
    ]
    openHome()
    await setup.readAll()
    expect(home()).toMatch(
      new RegExp(`<#C0LOBBY> · <!date\\^${Math.floor(Number(ts))}\\^.*2 still on the way`),
    )
    expect(home()).toMatch(/Direct messages\*\\nEverything has arrived/)
  })

  it('holds up no message when a person’s conversations cannot be noted', async () => {
    setup.vault.set = () => Promise.reject(new Error('The disk is full.'))
    setup.slack.say({ channel: 'D0INES', user: 'U0INES', text: 'Hello?' })
    expect(await setup.readOne()).toMatchObject({ turns: [{ text: 'Hello?' }] })
  })

  it('is not shown for a look at the messages, which says hello all the same', async () => {
    openHome('messages')
    expect(await setup.readOne()).toMatchObject({ greet: 'person' })
    expect(setup.slack.homes.size).toBe(0)
  })

  it('harms nothing when Slack refuses it', async () => {
    setup.slack.refuse('views.publish', 'not_enabled')
    openHome()
    expect(await setup.readOne()).toMatchObject({ greet: 'person' })
  })
})

describe('the greeting', () => {
  it('is for the channel that we come into', async () => {
    await setup.route(setup.slack.sign(readFixture('member-joined')))
    expect(setup.inbox.recorded[0]?.conversation).toBe('C0LOBBY')
    const address = { v: 1, team, channel: 'C0LOBBY' }
    expect(await setup.readOne()).toEqual({ turns: [], address, greet: 'group' })
  })

  it('is not for a channel that somebody else comes into', async () => {
    const body = readFixture('member-joined')
    const event = { ...(body['event'] as object), user: 'U0INES' }
    expect((await setup.route(setup.slack.sign({ ...body, event }))).status).toBe(200)
    expect(setup.inbox.accepted).toHaveLength(0)
  })

  it('is for a person who writes directly, not in a thread', async () => {
    setup.slack.say({ channel: 'D0INES', user: 'U0INES', text: 'Hello?' })
    setup.slack.say({ channel: 'D0INES', user: 'U0INES', text: 'And?', threadTs: '1793640100.000100' })
    expect((await setup.readAll()).map(({ greet }) => greet)).toEqual(['person', undefined])
  })

  it('is for the people of a group’s direct message, who say nothing about us, and not for a channel’s thread', async () => {
    const ts = '1793640100.000100'
    const said = { type: 'message', user: 'U0INES', text: 'Hello?', ts, event_ts: ts }
    setup.slack.happen({ ...said, channel: 'G0FRIENDS', channel_type: 'mpim' })
    setup.slack.say({ channel: 'C0LOBBY', user: 'U0INES', text: `<@${fakeWorkspace.botUser}> Hello?` })
    expect((await setup.readAll()).map(({ greet }) => greet)).toEqual(['person', undefined])
  })
})
