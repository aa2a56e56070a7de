import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PassingError, type Reading, type Turn } from '../../../../src/port.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import type { BookBooking } from '../../../fakes/channex/book.ts'
import type { AirbnbRequest } from '../../../fakes/channex/webhooks.ts'
import { createSetup, toPart, type Setup } from '../setup.ts'

let setup: Setup
let thread: string
let booking: BookBooking
beforeEach(async () => {
  setup = await createSetup()
  thread = setup.channex.open({ provider: 'AirBNB', title: 'Ines', booking: { code: 'HMABCDEF' } })
  const { bookingId = '' } = setup.channex.book.threads.get(thread) ?? {}
  booking = setup.channex.book.bookings.get(bookingId) ?? setup.channex.book.book({})
})
afterEach(() => setup.channex.close())

const feedEventId = '5e070000-0000-4000-8000-000000000001'
const dates = '2 Dec 2026 to 5 Dec 2026, 2 adults, 1 child, booking HMABCDEF'

/** Channex tells of a request; what is recorded of it is read. */
const ask = async (request: Omit<AirbnbRequest, 'booking'>): Promise<readonly Turn[]> => {
  setup.channex.ask({ booking, ...request })
  return readWaiting()
}

const readAll = (payloads: readonly string[]): Promise<readonly Reading[]> =>
  Promise.all(payloads.map((payload) => setup.adapter.read(payload, neverAborted)))

/** Reads what the webhook recorded, and what reading it recorded. */
const readWaiting = async (): Promise<readonly Turn[]> => {
  const before = setup.inbox.recorded.length
  expect(await setup.receiveWaiting()).toEqual([204])
  const first = setup.inbox.recorded.slice(before).map(({ payload }) => payload)
  const readings = await readAll(first)
  const later = setup.inbox.recorded.slice(before + first.length).map(({ payload }) => payload)
  return [...readings, ...(await readAll(later))].flatMap(({ turns }) => turns)
}

const places = (): readonly string[] => setup.inbox.recorded.map(({ conversation }) => conversation)

describe('a request on Airbnb', () => {
  it.each([
    ['reservation_request', `Booking request: ${dates}. Accept or decline it on Airbnb.`],
    ['alteration_request', `Request to change the booking: ${dates}. Accept or decline it on Airbnb.`],
  ] as const)('%s is told in its conversation with its dates, as the guest’s', async (event, text) => {
    const [turn, ...others] = await ask({ event, threadId: thread, feedEventId })
    expect(turn).toMatchObject({ author: { id: 'guest', name: 'Ines Ferreira' }, text })
    expect(turn).not.toHaveProperty('onlyInBridged')
    expect(others).toEqual([])
    expect(places()).toEqual([thread])
  })

  it.each([
    ['accepted_reservation', false, `Booking request (accepted): ${dates}.`],
    ['declined_reservation', false, `Booking request (declined): ${dates}.`],
    ['alteration_request', true, `Request to change the booking (resolved): ${dates}.`],
  ] as const)('that was decided (%s, %s) is the site’s line', async (event, resolved, text) => {
    const [turn] = await ask({ event, threadId: thread, feedEventId, resolved })
    expect(turn).toMatchObject({ author: { id: 'system', name: 'Airbnb' }, text, onlyInBridged: true })
  })

  it('and its answer are told once each, however often they come', async () => {
    for (const event of ['reservation_request', 'accepted_reservation'] as const)
      for (let times = 0; times < 2; times += 1)
        setup.channex.ask({ event, booking, threadId: thread, feedEventId })
    expect(await setup.receiveWaiting()).toEqual([204, 204, 204, 204])
    expect(setup.inbox.recorded).toHaveLength(2)
  })

  it('and the thread’s line of it are told once', async () => {
    const meta = { live_feed_event_id: feedEventId }
    setup.channex.say(thread, 'reservation_request', { sender: 'system', meta })
    setup.channex.ask({ event: 'reservation_request', booking, threadId: thread, feedEventId })
    expect(await setup.receiveWaiting()).toEqual([204, 204])
    expect(setup.inbox.recorded).toHaveLength(1)
    const [turn] = (await setup.readLast()).turns
    expect(turn?.text).toBe('Booking request. Accept or decline it on Airbnb.')
  })

  it('goes to the conversation of its booking where Channex does not say in which it was made', async () => {
    const turns = await ask({ event: 'alteration_request', feedEventId })
    expect(turns.map(({ text }) => text)).toEqual([
      `Request to change the booking: ${dates}. Accept or decline it on Airbnb.`,
    ])
    expect(places()).toEqual([`request-${booking.id}`, thread])
  })

  it('waits while its conversation cannot be asked for', async () => {
    setup.channex.server.fail({ applied: false, kind: 'reset' })
    await expect(ask({ event: 'alteration_request', feedEventId })).rejects.toThrow(PassingError)
    const [reading] = await readAll(setup.inbox.recorded.map(({ payload }) => payload))
    expect(reading?.turns).toEqual([])
    expect(places()).toEqual([`request-${booking.id}`, thread])
  })

  it('is told by itself where its booking has no conversation, with its answer, and takes no reply', async () => {
    booking = setup.channex.book.book({ code: 'HMABCDEF' })
    const asked = await ask({ event: 'reservation_request' })
    expect(asked).toMatchObject([
      {
        author: { id: 'guest', name: 'Ines Ferreira' },
        subject: expect.stringMatching(/^Airbnb · Booking request/),
      },
    ])
    await setup.clock.advance(60_000)
    expect(await ask({ event: 'declined_reservation' })).toMatchObject([{ author: { name: 'Airbnb' } }])
    const place = `request-${booking.id}`
    expect(places()).toEqual([place, place])
    const requests = setup.channex.server.requests.length
    const sent = await setup.adapter.send(toPart(place), neverAborted)
    expect(sent).toMatchObject({ outcome: 'rejected', reason: expect.stringContaining('on Airbnb') })
    expect(setup.channex.server.requests).toHaveLength(requests)
  })

  it('is recorded without the card, the addresses and the price that Channex sends along', async () => {
    await ask({ event: 'reservation_request', threadId: thread, feedEventId })
    await ask({ event: 'alteration_request' })
    const recorded = JSON.stringify(setup.inbox.recorded)
    expect(recorded).toContain('2026-12-02')
    expect(recorded).not.toMatch(/4111|INES FERREIRA|guest@example|\+36|612/)
  })

  it('of which only the event’s name is told has Channex looked through', async () => {
    setup.channex.switches.sendData = false
    for (const event of ['reservation_request', 'accepted_reservation'])
      expect(await setup.receive(setup.channex.request({ event, property_id: null }))).toBe(204)
    expect(setup.inbox.recorded).toEqual([])
  })
})
