import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { neverAborted } from '../../../fakes/clock.ts'
import { toRefusal } from '../../../fakes/channex/api.ts'
import { closes, marks } from '../../../fakes/channex/channex.ts'
import { createSetup, type Setup } from '../setup.ts'

let setup: Setup
beforeEach(async () => {
  setup = await createSetup({ closesResolved: true })
})
afterEach(() => setup.channex.close())

const resolve = (thread: string) => setup.adapter.resolved?.({ v: 1, thread }, neverAborted)
const asked = (): number => setup.channex.server.requests.filter(closes).length
/** What was posted, by the last word of its path. */
const posts = (): readonly (string | undefined)[] =>
  setup.channex.server.requests
    .filter(({ method }) => method === 'POST')
    .map(({ path }) => path.split('/').at(-1))

/** Somebody writes, and the hotel has it when it is a guest. */
const say = async (thread: string, text: string, sender: 'guest' | 'property' | 'system' = 'guest') => {
  setup.channex.say(thread, text, { sender })
  await setup.receiveWaiting()
}
const place = (thread: string) => setup.channex.book.threads.get(thread)

describe('a conversation that the staff resolved', () => {
  it('is closed, also twice, and opened by whoever writes again', async () => {
    const thread = setup.channex.open()
    await say(thread, 'Thank you!')
    for (let time = 0; time < 2; time += 1) {
      expect(await resolve(thread)).toEqual({ outcome: 'sent' })
      expect(place(thread)).toMatchObject({ closed: true, awaitsReply: false })
    }
    setup.channex.say(thread, 'One more thing')
    expect(place(thread)).toMatchObject({ closed: false, awaitsReply: true })
  })

  it.each([
    ['the guest wrote last', 'BookingCom', ['guest'], ['no_reply_needed', 'close']],
    [
      'the site wrote last, behind the guest',
      'booking.com',
      ['guest', 'system'],
      ['no_reply_needed', 'close'],
    ],
    ['the hotel wrote last', 'BookingCom', ['guest', 'property'], ['close']],
    ['the hotel wrote last but for the site', 'BookingCom', ['guest', 'property', 'system'], ['close']],
    ['nobody wrote', 'BookingCom', [], ['close']],
    ['the guest wrote last on Expedia', 'Expedia', ['guest'], ['close']],
    ['the guest wrote last on Airbnb', 'AirBNB', ['guest'], []],
  ] as const)('needs no reply only where it waits for one: %s', async (_row, provider, senders, expected) => {
    const thread = setup.channex.open({ provider: provider === 'booking.com' ? 'BookingCom' : provider })
    for (const sender of senders) {
      await setup.clock.advance(1000)
      await say(thread, 'Hello', sender)
    }
    expect(await resolve(thread)).toEqual({ outcome: 'sent' })
    expect(posts()).toEqual(expected)
  })

  it.each(['BookingCom', 'Expedia'])(
    'stays as it is on %s where the guest wrote what the hotel does not have, which is recorded',
    async (provider) => {
      const thread = setup.channex.open({ provider })
      await say(thread, 'Is parking included?')
      setup.channex.say(thread, 'And breakfast?')
      setup.channex.waiting.splice(0)
      expect(await resolve(thread)).toEqual({ outcome: 'sent' })
      expect(posts()).toEqual([])
      expect(setup.inbox.recorded).toHaveLength(2)
      expect((await setup.readLast()).turns[0]?.text).toBe('And breakfast?')
      expect(await resolve(thread)).toEqual({ outcome: 'sent' })
      expect(place(thread)?.closed).toBe(true)
    },
  )

  it('does not bring up what guests wrote long before', async () => {
    const thread = setup.channex.open()
    setup.channex.say(thread, 'Long ago')
    setup.channex.waiting.splice(0)
    await setup.clock.advance(3 * 24 * 3_600_000)
    expect(await resolve(thread)).toEqual({ outcome: 'sent' })
    expect(setup.inbox.recorded).toEqual([])
    expect(place(thread)).toMatchObject({ closed: true, awaitsReply: false })
  })

  it('is closed also where it cannot be marked, which is told', async () => {
    const thread = setup.channex.open()
    await say(thread, 'Thank you!')
    const answer = toRefusal(422, 'not_supported', 'Not Supported')
    setup.channex.server.fail({ applied: false, kind: 'answer', answer }, { match: marks })
    const outcome = await resolve(thread)
    expect(outcome).toMatchObject({ outcome: 'rejected', reason: expect.stringContaining('reply score') })
    expect(place(thread)?.closed).toBe(true)
  })

  it.each([
    ['a limit', { applied: false, kind: 'answer', answer: { status: 429 } }, 'retry'],
    ['silence', { applied: true, kind: 'reset' }, 'unknown'],
  ] as const)('is not closed before it is marked: %s', async (_row, fault, outcome) => {
    const thread = setup.channex.open()
    await say(thread, 'Thank you!')
    setup.channex.server.fail(fault, { match: marks })
    expect(await resolve(thread)).toMatchObject({ outcome })
    expect(asked()).toBe(0)
    expect(await resolve(thread)).toEqual({ outcome: 'sent' })
    expect(place(thread)).toMatchObject({ closed: true, awaitsReply: false })
  })

  it('is left alone on Airbnb, which has no such thing', async () => {
    expect(await resolve(setup.channex.open({ provider: 'AirBNB' }))).toEqual({ outcome: 'sent' })
    expect(asked()).toBe(0)
  })

  it('is not there any more', async () => {
    expect(await resolve('gone')).toMatchObject({ outcome: 'rejected' })
    expect(await setup.adapter.resolved?.({ v: 2 }, neverAborted)).toMatchObject({ outcome: 'rejected' })
    expect(await resolve('request-7')).toEqual({ outcome: 'sent' })
    expect(posts()).toEqual([])
  })

  it('may be closed when the answer is lost', async () => {
    const thread = setup.channex.open()
    setup.channex.server.fail({ applied: true, kind: 'reset' }, { match: closes })
    expect(await resolve(thread)).toMatchObject({ outcome: 'unknown' })
    expect(asked()).toBe(1)
  })

  it('stays as it is unless that is wanted', () => {
    expect(setup.again({ closesResolved: false })).not.toHaveProperty('resolved')
  })
})
