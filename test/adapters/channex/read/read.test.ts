import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PassingError, type Reading, type Turn } from '../../../../src/port.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import { isLookUp, isOfMessages } from '../../../fakes/channex/channex.ts'
import type { FakeRequest } from '../../../fakes/server.ts'
import { createSetup, readFixture, type Setup } from '../setup.ts'

let setup: Setup
beforeEach(async () => {
  setup = await createSetup()
})
afterEach(() => setup.channex.close())

const readBody = (body: unknown, signal = neverAborted): Promise<Reading> =>
  setup.adapter.read(JSON.stringify(body), signal)

/** What becomes of the newest event that waits at the fake. */
const readWaiting = async (): Promise<Reading> => {
  const body = setup.channex.waiting.pop()
  await setup.receive(setup.channex.request(body))
  return readBody(body)
}

const readTurn = async (): Promise<Turn | undefined> => (await readWaiting()).turns[0]

const isOfGuest = (request: FakeRequest): boolean => isLookUp(request) && !isOfMessages(request)
const lookUps = (): number => setup.channex.server.requests.filter(isOfGuest).length

describe('a guest’s message', () => {
  it('comes with the guest’s name, the site and the reservation', async () => {
    const thread = setup.channex.open({ title: 'I. Ferreira' })
    setup.channex.say(thread, 'Late arrival\nAround 23:00.')
    expect(await readWaiting()).toEqual({
      turns: [
        {
          kind: 'message',
          author: { id: 'guest', name: 'Ines Ferreira' },
          text: 'Late arrival\nAround 23:00.',
          subject: 'Booking.com 4512345678 · Late arrival',
          attachments: [],
          at: setup.clock.now(),
        },
      ],
      after: [],
      address: { v: 1, thread },
    })
  })

  it.each([
    ['AirBNB', 'Inquiry from Omar', 'Omar', 'Airbnb · Hello?'],
    ['Airbnb', 'Omar', 'Omar', 'Airbnb · Hello?'],
    ['Expedia', '', 'Expedia guest', 'Expedia · Hello?'],
    ['HolidayFinder', 'Omar', 'Omar', 'HolidayFinder · Hello?'],
    ['', '', 'Guest', undefined],
  ])(
    'of %s, in a thread called “%s” without a booking, is from %s',
    async (provider, title, name, subject) => {
      const thread = setup.channex.open({ provider, title, bare: true, booking: undefined })
      setup.channex.say(thread, 'Hello?')
      const turn = await readTurn()
      expect(turn?.author).toEqual({ id: 'guest', name })
      expect(turn?.subject).toBe(subject)
    },
  )

  it('names somebody else who writes in the same thread', async () => {
    const thread = setup.channex.open({ provider: 'AirBNB' })
    setup.channex.say(thread, 'Hello?', { meta: { name: 'Omar', role: 'booker' } })
    const other = (await readTurn())?.author
    expect(other).toEqual({ id: expect.stringMatching(/^guest:[\w-]{16}$/), name: 'Omar' })
    expect(other?.id).not.toContain('Omar')
    setup.channex.say(thread, 'Hello?', { meta: { name: 'Ines', role: 'guest' } })
    expect((await readTurn())?.author).toEqual({ id: 'guest', name: 'Ines Ferreira' })
  })

  it('means UTC by a time without a zone, wherever we are', async () => {
    expect((await readBody(readFixture('message'))).turns[0]?.at).toBe(Date.UTC(2026, 10, 2, 17, 20, 11, 184))
  })

  it('takes the time of the event where the message has none', async () => {
    const body = readFixture('message')
    const payload = { ...(body['payload'] as object), inserted_at: undefined }
    expect((await readBody({ ...body, payload })).turns[0]?.at).toBe(Date.UTC(2026, 10, 2, 17, 20, 12))
  })

  it('loses characters that deceive', async () => {
    setup.channex.say(setup.channex.open(), 'room\u202E 12\u0007\r\nplease')
    expect((await readTurn())?.text).toBe('room 12\nplease')
  })

  it('says its files by name, with a link only where it opens without our key', async () => {
    const attachments = [
      'attachments/7/passport%20scan.jpg',
      'https://cdn.example.com/a/room.pdf?signature=1',
      { file_name: 'invoice.pdf', size: 122_880, url: 'attachments/8/invoice.pdf' },
      { links: { url: 'https://user:word@cdn.example.com/b.png' } },
      { link: 'http://cdn.example.com/c.png' },
      7,
    ]
    setup.channex.say(setup.channex.open(), null, { attachments })
    const turn = await readTurn()
    expect(turn).toMatchObject({ text: '', subject: 'Booking.com 4512345678' })
    expect(turn?.attachments).toEqual([
      { name: 'passport scan.jpg' },
      { name: 'room.pdf', url: 'https://cdn.example.com/a/room.pdf?signature=1' },
      { name: 'invoice.pdf', size: 122_880 },
      { name: 'b.png' },
      { name: 'c.png' },
    ])
  })

  it('says that there is a file even when it is not listed', async () => {
    const body = readFixture('message')
    const payload = { ...(body['payload'] as object), message: '', have_attachment: true }
    expect((await readBody({ ...body, payload })).turns[0]?.attachments).toEqual([{ name: 'file' }])
  })

  it.each(['', ' \n ', ' \u200E ', '\u200B', '\uFEFF\u2060', '\u3164', '\u00AD', '\u2800', null])(
    'in which nothing can be seen (%j) is a line that says so, and where to look',
    async (text) => {
      setup.channex.say(setup.channex.open(), text)
      const [turn, ...others] = (await readWaiting()).turns
      expect(turn).toMatchObject({
        author: { name: 'Ines Ferreira' },
        text: '[message without text; see Booking.com]',
        subject: 'Booking.com 4512345678',
      })
      expect(others).toEqual([])
    },
  )

  it.each([
    ['AirBNB', 'Airbnb'],
    ['', 'the booking site'],
  ])('in which nothing can be seen, of “%s”, says to look at %s', async (provider, site) => {
    setup.channex.say(setup.channex.open({ provider }), '\u200B')
    expect((await readTurn())?.text).toBe(`[message without text; see ${site}]`)
  })

  it('with a file has no text where nothing of it can be seen', async () => {
    const attachments = ['attachments/7/passport.jpg']
    setup.channex.say(setup.channex.open(), '\u200B', { attachments })
    expect(await readTurn()).toMatchObject({ text: '', attachments: [{ name: 'passport.jpg' }] })
  })

  it('is from a guest of the site where nothing of the name can be seen', async () => {
    const thread = setup.channex.open({ title: '\u200B', booking: { name: '\u2060', surname: '' } })
    setup.channex.say(thread, 'Hello?')
    expect((await readTurn())?.author.name).toBe('Booking.com guest')
  })
})

describe('look-ups', () => {
  it('are made once an hour for a thread', async () => {
    const thread = setup.channex.open()
    for (const text of ['one', 'two']) {
      setup.channex.say(thread, text)
      await readWaiting()
    }
    expect(lookUps()).toBe(2)
    await setup.clock.advance(3_600_001)
    setup.channex.say(thread, 'three')
    await readWaiting()
    expect(lookUps()).toBe(4)
  })

  it('are made again for the next message when they failed', async () => {
    const thread = setup.channex.open({ title: 'Ines' })
    const answer = { status: 500 }
    setup.channex.server.fail(
      { applied: false, kind: 'answer', answer },
      { match: ({ path }) => path.includes('/bookings/') },
    )
    setup.channex.say(thread, 'one')
    expect(await readTurn()).toMatchObject({ author: { name: 'Ines' }, subject: 'Booking.com · one' })
    setup.channex.say(thread, 'two')
    expect((await readTurn())?.author.name).toBe('Ines Ferreira')
  })

  it('hold a message up for five seconds and no longer', async () => {
    const thread = setup.channex.open()
    setup.channex.server.fail({ applied: false, kind: 'hang' }, { match: isOfGuest })
    setup.channex.say(thread, 'Hello?')
    const reading = readTurn()
    await expect.poll(() => setup.clock.sleepers()).toBe(1)
    await expect.poll(() => setup.channex.server.requests.length).toBe(2)
    await setup.clock.advance(5000)
    expect((await reading)?.author.name).toBe('Guest')
  })
})

describe('the booking site’s lines', () => {
  it('are the site’s, and matter only where the hotel reads along already', async () => {
    const thread = setup.channex.open({ provider: 'AirBNB' })
    setup.channex.say(thread, 'reservation_confirmed', { sender: 'system' })
    expect(await readTurn()).toMatchObject({
      author: { id: 'system', name: 'Airbnb' },
      text: 'Reservation confirmed.',
      onlyInBridged: true,
    })
    setup.channex.say(thread, '\u200B', { sender: 'system' })
    expect(await readTurn()).toBeUndefined()
    setup.channex.say(thread, 'Ines changed the dates.', { sender: 'system' })
    expect((await readTurn())?.text).toBe('Ines changed the dates.')
  })

  it('tell what an inquiry asks for, and neither price nor the bare word', async () => {
    const { payload } = readFixture('inquiry') as { payload: Readonly<Record<string, unknown>> }
    const thread = setup.channex.open({ provider: 'AirBNB', title: '', booking: undefined })
    const text =
      'Inquiry (pending): 2 Dec 2026 to 5 Dec 2026, 3 nights, 2 adults, 1 child, Sea view loft. Accept or decline it on Airbnb, by 3 Nov 2026.'
    const expected = { author: { id: 'guest', name: 'Ines Ferreira' }, text, subject: `Airbnb · ${text}` }
    const event = { event: 'inquiry', payload: { ...payload, message_thread_id: thread } }
    expect((await readBody(event)).turns).toMatchObject([expected])
    setup.channex.say(thread, 'inquiry', { sender: 'system', meta: payload })
    const turn = await readTurn()
    expect(turn).toMatchObject(expected)
    expect(turn).not.toHaveProperty('onlyInBridged')
  })

  it('are readable for an inquiry of which nothing is told', async () => {
    setup.channex.say(setup.channex.open(), 'inquiry', { sender: 'system' })
    expect((await readTurn())?.text).toBe('Inquiry. Accept or decline it on Booking.com.')
  })

  it('tell of another booking than the one that was known', async () => {
    const thread = setup.channex.open({ booking: { code: 'OLD' } })
    setup.channex.say(thread, 'Hello?')
    await readWaiting()
    setup.channex.assign(thread)
    expect((await readTurn())?.text).toContain('Booking 4512345678')
  })

  it('tell that a booking was found, with its number and dates', async () => {
    const thread = setup.channex.open({ provider: 'AirBNB', booking: undefined })
    setup.channex.say(thread, 'Hello?')
    await readWaiting()
    setup.channex.assign(thread)
    expect(await readTurn()).toMatchObject({
      author: { id: 'system', name: 'Airbnb' },
      text: 'Booking 4512345678, 2 Dec 2026 to 5 Dec 2026, belongs to this conversation now.',
      onlyInBridged: true,
    })
    setup.channex.say(thread, 'Thanks')
    expect((await readTurn())?.subject).toBe('Airbnb 4512345678 · Thanks')
  })
})

describe('an event that leaves something out', () => {
  beforeEach(() => {
    setup.channex.switches.tellsSender = false
  })

  it('is a guest’s when the thread says so', async () => {
    setup.channex.say(setup.channex.open(), 'Hello?')
    expect((await readTurn())?.text).toBe('Hello?')
  })

  it('is not taken for a guest’s when the hotel wrote it', async () => {
    setup.channex.say(setup.channex.open(), 'Welcome!', { sender: 'property' })
    expect((await readWaiting()).turns).toEqual([])
  })

  it('waits while the thread cannot be asked', async () => {
    setup.channex.say(setup.channex.open(), 'Hello?')
    setup.channex.server.fail({ applied: false, kind: 'reset' }, { match: isLookUp })
    await expect(readWaiting()).rejects.toThrow(PassingError)
  })

  it('is a guest’s when the thread is gone', async () => {
    const body = readFixture('message')
    const payload = { ...(body['payload'] as object), sender: undefined }
    expect((await readBody({ ...body, payload })).turns).toHaveLength(1)
  })
})

describe('a payload', () => {
  it.each(['', '{', 'null', '[]', '7'])('%j cannot be read', async (payload) => {
    await expect(setup.adapter.read(payload, neverAborted)).rejects.toThrow('no event of Channex')
  })

  it('of a kind that is not ours carries nothing', async () => {
    expect(await readBody({ event: 'booking_new' })).toEqual({ turns: [] })
  })

  it('waits when it is told to stop before the thread was asked', async () => {
    setup.channex.server.fail({ applied: false, kind: 'hang' }, { match: isLookUp })
    const reading = readBody(readFixture('message'), AbortSignal.abort())
    await expect(reading).rejects.toBeInstanceOf(PassingError)
  })
})
