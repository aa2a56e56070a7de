import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Outcome } from '../../../../src/port.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import { toRefusal } from '../../../fakes/channex/api.ts'
import { isSend } from '../../../fakes/channex/channex.ts'
import { createSetup, toPart, type Setup } from '../setup.ts'

let setup: Setup
let thread: string
beforeEach(async () => {
  setup = await createSetup()
  thread = setup.channex.open()
})
afterEach(() => setup.channex.close())

const send = (text = 'Of course.', deliveryId?: string): Promise<Outcome> =>
  setup.adapter.send(toPart(thread, text, deliveryId), neverAborted)
const sends = (): number => setup.channex.server.requests.filter(isSend).length

const inactive = toRefusal(422, 'validation_error', 'Validation Error', { base: ['channel is not active'] })

describe('send', () => {
  it('posts into the thread and gives the message’s id', async () => {
    const outcome = await send()
    const [message] = setup.channex.book.threads.get(thread)?.messages ?? []
    expect(outcome).toEqual({ outcome: 'sent', id: message?.id })
    expect(setup.channex.posted(thread)).toEqual(['Of course.'])
  })

  it('posts into a closed thread, which opens it again', async () => {
    const state = setup.channex.book.threads.get(thread)
    if (state !== undefined) state.closed = true
    expect(await send()).toMatchObject({ outcome: 'sent' })
    expect(state?.closed).toBe(false)
  })

  it.each(['', ' \n ', '\u0007'])('asks nothing for the empty text %j', async (text) => {
    expect(await send(text)).toEqual({ outcome: 'rejected', reason: 'there was no text' })
    expect(sends()).toBe(0)
  })

  it('has one request in flight in a thread, and others in other threads', async () => {
    const other = setup.channex.open()
    setup.channex.server.fail({ applied: true, kind: 'late', ms: 100 }, { match: isSend })
    const first = send('one')
    await expect.poll(sends).toBe(1)
    const second = send('two')
    expect(await setup.adapter.send(toPart(other), neverAborted)).toMatchObject({ outcome: 'sent' })
    expect(setup.channex.posted(thread)).toEqual(['one'])
    expect(sends()).toBe(2)
    expect((await Promise.all([first, second])).map(({ outcome }) => outcome)).toEqual(['sent', 'sent'])
    expect(setup.channex.posted(thread)).toEqual(['one', 'two'])
  })

  it('goes on in a thread after a send that failed', async () => {
    setup.channex.server.fail({ applied: false, kind: 'reset' }, { match: isSend })
    const outcomes = await Promise.all([send('one'), send('two')])
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['unknown', 'sent'])
  })
})

describe('a refusal', () => {
  it.each([
    [inactive, /base channel is not active” \(422 validation_error\)/],
    [toRefusal(422, 'not_supported', 'Not supported for Affiliate bookings'), /Affiliate bookings/],
    [
      toRefusal(403, 'forbidden', 'Forbidden'),
      /install the Messages application.*Forbidden” \(403 forbidden\)/,
    ],
    [toRefusal(404, 'resource_not_found', 'Resource Not Found'), /Resource Not Found/],
    [{ status: 422, body: { errors: null } }, /the booking site refused \(422\)/],
  ])('%j is for good, in Channex’s own words', async (answer, reason) => {
    setup.channex.refuse(thread, answer)
    expect(await send()).toMatchObject({ outcome: 'rejected', reason: expect.stringMatching(reason) })
    expect(sends()).toBe(1)
  })

  it.each([
    ['See https://hotel.example.com/late', true],
    ['See www.hotel.example.com', true],
    ['See hotel.example/late', true],
    ['At 23:00, rooms 1/2. Yes/no?', false],
  ])('of “%s” on Booking.com speaks of links: %s', async (text, mentioned) => {
    setup.channex.refuse(thread, inactive)
    const outcome = await send(text)
    expect(JSON.stringify(outcome).includes('Booking.com often refuses texts with links')).toBe(mentioned)
  })

  it('of a link elsewhere does not', async () => {
    thread = setup.channex.open({ provider: 'AirBNB' })
    setup.channex.refuse(thread, inactive)
    expect(JSON.stringify(await send('See https://hotel.example.com'))).not.toContain('Booking.com')
  })

  it('stays whole when the text is but a word of it', async () => {
    setup.channex.refuse(thread, inactive)
    expect(await send('is')).toMatchObject({ reason: expect.stringContaining('channel is not active') })
  })

  it('does not repeat the text that it quotes', async () => {
    const quoting = { message: ['“The code is 4711” is not allowed'] }
    setup.channex.refuse(thread, toRefusal(422, 'validation_error', 'Validation Error', quoting))
    const outcome = await send('The code is 4711')
    expect(outcome).toMatchObject({ reason: expect.stringContaining('"…" is not allowed') })
    expect(setup.logged.join()).not.toContain('4711')
  })
})

describe('what is not for good', () => {
  it.each<[string, Parameters<typeof toRefusal>, Partial<Outcome>]>([
    ['a key that is not accepted', [401, 'unauthorized', 'x'], { outcome: 'retry', afterMs: 60_000 }],
    ['too many requests', [429, 'http_too_many_requests', 'x'], { outcome: 'retry', afterMs: 75_000 }],
    ['a fault of Channex', [503, 'service_unavailable', 'x'], { outcome: 'unknown' }],
  ])('%s', async (_, refusal, outcome) => {
    setup.channex.refuse(thread, toRefusal(...refusal))
    expect(await send()).toMatchObject(outcome)
    expect(sends()).toBe(1)
  })

  it('a page of some proxy', async () => {
    setup.channex.refuse(thread, { status: 403, body: '<html>Blocked</html>' })
    expect(await send()).toMatchObject({ outcome: 'retry', afterMs: 60_000 })
  })

  it('an answer without a message', async () => {
    setup.channex.server.fail({ applied: true, kind: 'answer', answer: { status: 200, body: '' } })
    expect(await send()).toMatchObject({ outcome: 'unknown' })
  })
})

describe('split', () => {
  it('cuts at the length that is set', async () => {
    const { adapter, channex } = await createSetup({ maxLength: 120 })
    const parts = adapter.split('word '.repeat(100))
    expect(parts.length).toBeGreaterThan(4)
    expect(parts.every(({ length }) => length <= 120)).toBe(true)
    await channex.close()
  })
})
