import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Address, Arrival, Reading } from '../../../../src/port.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import { conversations, type TeamsActivity } from '../../../fakes/botframework/activities.ts'
import { isConnectorRequest } from '../../../fakes/botframework/botframework.ts'
import { createSetup, type Setup } from '../setup.ts'

let setup: Setup
beforeEach(async () => {
  setup = await createSetup()
})
afterEach(async () => {
  await setup.close()
})

/** A message to the bot alone: without a mention, and marked at its recipient. */
const targeted = (text: string, where: 'group' | 'channel' = 'group'): TeamsActivity => {
  const activity = setup.fake.activities.aside(text, where)
  return { ...activity, recipient: { ...(activity['recipient'] as object), isTargeted: true } }
}

const bring = async (
  activity: TeamsActivity,
): Promise<{ readonly arrival: Arrival; readonly reading: Reading }> => {
  expect(await setup.status(await setup.fake.request(activity))).toBe(200)
  const arrival = setup.inbox.recorded.at(-1)
  if (arrival === undefined) throw new Error('Nothing was recorded.')
  return { arrival, reading: await setup.adapter.read(arrival.payload, neverAborted) }
}

const addressOf = async (activity: TeamsActivity): Promise<Address> => {
  const { address } = (await bring(activity)).reading
  if (address === undefined) throw new Error('The message has no address.')
  return address
}

describe('a message to the bot alone, in a group', () => {
  it.each(['group', 'channel'] as const)('is for the hotel without a mention: %s', async (where) => {
    const { turns } = (await bring(targeted('My card was refused', where))).reading
    expect(turns).toMatchObject([{ kind: 'message', text: 'My card was refused' }])
    expect(turns[0]).not.toHaveProperty('onlyInBridged')
  })

  it('may be a command', async () => {
    expect((await bring(targeted('help'))).reading).toMatchObject({
      command: 'help',
      turns: [{ text: 'help' }],
    })
    expect((await bring(targeted('status'))).reading).toMatchObject({ command: 'status', turns: [] })
  })

  it('is a conversation of its own for each guest, apart from the group’s', async () => {
    const own = (await bring(targeted('My card was refused'))).arrival
    const other = (await bring({ ...targeted('Mine too'), from: { id: '29:other', name: 'Ana' } })).arrival
    const everyone = (await bring(setup.fake.activities.message('Breakfast?', 'group'))).arrival
    const places = [own, other, everyone].map(({ conversation }) => conversation)
    expect(new Set(places).size).toBe(3)
    expect((await bring(targeted('And now?'))).arrival.conversation).toBe(own.conversation)
    expect(own.routing).toEqual(everyone.routing)
  })

  it('is no other conversation alone with the bot, where all is private', async () => {
    const message = setup.fake.activities.message('Late?')
    const marked = { ...message, recipient: { ...(message['recipient'] as object), isTargeted: true } }
    const { arrival, reading } = await bring(marked)
    expect(arrival.conversation).toBe(conversations.personal.id)
    expect(reading.address).not.toHaveProperty('targeted')
  })
})

describe('the reply to it', () => {
  it.each(['group', 'channel'] as const)('is shown to the guest alone: %s', async (where) => {
    const address = await addressOf(targeted('My card was refused', where))
    const outcome = await setup.adapter.send(
      { deliveryId: 'd-1', address, text: 'Come and see us.' },
      neverAborted,
    )
    expect(outcome).toMatchObject({ outcome: 'sent' })
    expect(setup.fake.connector.posted(conversations[where].id)).toMatchObject([
      {
        onlyTo: '29:guest',
        activity: { text: 'Come and see us.', recipient: { id: '29:guest' } },
      },
    ])
  })

  it('stays so after the guest writes to everyone, and everyone’s goes to everyone', async () => {
    const own = await addressOf(targeted('My card was refused'))
    const everyones = await addressOf(setup.fake.activities.message('Breakfast?', 'group'))
    await setup.adapter.send({ deliveryId: 'd-1', address: own, text: 'Come and see us.' }, neverAborted)
    await setup.adapter.send({ deliveryId: 'd-2', address: everyones, text: 'From seven.' }, neverAborted)
    const posted = setup.fake.connector.posted(conversations.group.id)
    expect(posted.map(({ onlyTo }) => onlyTo)).toEqual(['29:guest', undefined])
  })

  it('has its choices as buttons for the guest alone', async () => {
    const address = await addressOf(targeted('My card was refused'))
    const choices = [{ id: 'a', label: 'Grand Hotel' }]
    await setup.adapter.send({ deliveryId: 'd-1', address, text: 'Which hotel?', choices }, neverAborted)
    expect(setup.fake.connector.posted(conversations.group.id)).toMatchObject([
      { onlyTo: '29:guest', activity: { attachments: [{}] } },
    ])
  })

  it('is never posted for everyone to read: not when it is refused, and not without a guest’s id', async () => {
    const address = await addressOf(targeted('My card was refused'))
    setup.fake.server.fail(
      { kind: 'answer', applied: false, answer: { status: 403, body: '' } },
      { match: isConnectorRequest },
    )
    const part = { deliveryId: 'd-1', address, text: 'Come and see us.' }
    expect(await setup.adapter.send(part, neverAborted)).toMatchObject({ outcome: 'rejected' })
    const nobodys = await addressOf({ ...targeted('My card was refused'), from: { name: 'Ines' } })
    expect(await setup.adapter.send({ ...part, address: nobodys }, neverAborted)).toMatchObject({
      outcome: 'rejected',
    })
    expect(setup.fake.connector.all()).toEqual([])
    expect(setup.fake.attempts()).toBe(1)
  })

  it('is not announced to everyone by typing', async () => {
    const address = await addressOf(targeted('My card was refused'))
    await setup.adapter.acknowledge?.({ address, reference: '1', state: 'recorded' }, neverAborted)
    expect(setup.fake.attempts()).toBe(0)
  })
})
