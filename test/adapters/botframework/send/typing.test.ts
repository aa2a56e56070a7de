import { describe, expect, it } from 'vitest'
import type { Acknowledgement, Address } from '../../../../src/port.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import { conversations } from '../../../fakes/botframework/activities.ts'
import { isConnectorRequest } from '../../../fakes/botframework/botframework.ts'
import type { Fault } from '../../../fakes/server.ts'
import { addressOf, usePersonalChat } from '../setup.ts'

const chat = usePersonalChat()

const acknowledge = async (
  state: Acknowledgement['state'] = 'recorded',
  to: Address = chat().address,
): Promise<void> => chat().setup.adapter.acknowledge?.({ address: to, reference: '1', state }, neverAborted)
const typed = (where: keyof typeof conversations = 'personal'): number =>
  chat().setup.fake.connector.typed(conversations[where].id)

describe('typing', () => {
  it('is shown at once for what was recorded, and is no message', async () => {
    await acknowledge()
    expect(typed()).toBe(1)
    expect(chat().setup.fake.connector.all()).toEqual([])
    const body = JSON.parse(chat().setup.fake.server.requests.at(-1)?.body ?? '') as unknown
    expect(body).toMatchObject({ type: 'typing', conversation: { id: conversations.personal.id } })
    expect(body).not.toHaveProperty('text')
  })

  it.each(['delivered', 'failed'] as const)('is not shown for what was %s', async (state) => {
    await acknowledge(state)
    expect(chat().setup.fake.attempts()).toBe(0)
  })

  it('is shown at most every three seconds in a conversation', async () => {
    await Promise.all([acknowledge(), acknowledge()])
    chat().setup.clock.step(2000)
    await acknowledge()
    await acknowledge('recorded', await addressOf(chat().setup, 'group'))
    expect([typed(), typed('group')]).toEqual([1, 1])
    chat().setup.clock.step(1000)
    await acknowledge()
    expect(typed()).toBe(2)
  })

  it('is asked for by messages to the bot, and by nothing else', async () => {
    const { message, aside, event } = chat().setup.fake.activities
    const referenceOf = async (activity: object): Promise<unknown> =>
      (await chat().setup.adapter.read(JSON.stringify(activity), neverAborted)).turns[0]?.reference
    expect(await referenceOf(message('Hello'))).toBeDefined()
    expect(await referenceOf(message('Hello', 'channel'))).toBeDefined()
    expect(await referenceOf(aside('Lunch?', 'channel'))).toBeUndefined()
    expect(await referenceOf(event('messageUpdate', { text: 'Hello' }))).toBeUndefined()
    expect(await referenceOf(event('messageDelete'))).toBeUndefined()
  })

  it.each<Fault>([
    { kind: 'answer', applied: false, answer: { status: 403, body: '' } },
    { kind: 'reset', applied: false },
    { kind: 'hang', applied: false },
  ])('does no harm when it fails: %j', async (fault) => {
    chat().setup.fake.server.fail(fault, { match: isConnectorRequest })
    await expect(acknowledge()).resolves.toBeUndefined()
  })

  it('goes nowhere with an address that cannot be read or is not allowed', async () => {
    await acknowledge('recorded', { v: 99 })
    await acknowledge('recorded', { ...chat().address, serviceUrl: 'https://evil.example/' })
    expect(chat().setup.fake.server.requests).toHaveLength(0)
  })
})
