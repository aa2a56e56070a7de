import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ChannexClient, collect, createChannexClient } from '../../../../adapters/channex/api/client.ts'
import { neverAborted } from '../../../fakes/clock.ts'
import { fakeAccount } from '../../../fakes/channex/channex.ts'
import type { FakeRequest } from '../../../fakes/server.ts'
import { createSetup, type Setup } from '../setup.ts'

let setup: Setup
let client: ChannexClient
let thread: string
beforeEach(async () => {
  setup = await createSetup()
  client = createChannexClient(setup.request)
  thread = setup.channex.open()
})
afterEach(() => setup.channex.close())

const lastRequest = (): FakeRequest => {
  const request = setup.channex.server.requests.at(-1)
  if (request === undefined) throw new Error('nothing was asked')
  return request
}
const answerOnce = (body: unknown): void =>
  setup.channex.server.fail({ applied: false, kind: 'answer', answer: { status: 200, body } })

describe('every request', () => {
  it('carries the key in its own header and speaks JSON', async () => {
    await client.thread(thread, neverAborted)
    const { headers } = lastRequest()
    expect(headers['user-api-key']).toBe(fakeAccount.apiKey)
    expect(headers['content-type']).toBe('application/json')
    expect(headers['authorization']).toBeUndefined()
  })

  it('escapes ids', async () => {
    await expect(client.thread('a/b?c', neverAborted)).rejects.toMatchObject({ code: 'not found' })
    expect(lastRequest().path).toBe('/api/v1/message_threads/a%2Fb%3Fc')
  })
})

describe('lists', () => {
  it('ask for pages of a hundred by the names that Channex knows, to the end', async () => {
    for (let count = 0; count < 205; count += 1) setup.channex.say(thread, `${count}`)
    const messages = await collect(client.threadMessages(thread, neverAborted))
    expect(messages).toHaveLength(205)
    const asked = setup.channex.server.requests.map(({ query }) => Object.fromEntries(query))
    expect(asked).toEqual([
      { 'pagination[page]': '1', 'pagination[limit]': '100' },
      { 'pagination[page]': '2', 'pagination[limit]': '100' },
      { 'pagination[page]': '3', 'pagination[limit]': '100' },
    ])
  })

  it('end where a reader has enough', async () => {
    for (let count = 0; count < 205; count += 1) setup.channex.say(thread, `${count}`)
    for await (const page of client.threadMessages(thread, neverAborted)) {
      expect(page).toHaveLength(100)
      break
    }
    expect(setup.channex.server.requests).toHaveLength(1)
  })

  it('give a row once when pages shift meanwhile', async () => {
    for (let count = 0; count < 101; count += 1) setup.channex.say(thread, `${count}`)
    const ids: string[] = []
    for await (const page of client.threadMessages(thread, neverAborted)) {
      ids.push(...page.map(({ id }) => id))
      setup.channex.say(thread, 'meanwhile')
    }
    expect(ids).toHaveLength(101)
    expect(new Set(ids).size).toBe(101)
  })

  it('go on when Channex gives smaller pages than were asked for', async () => {
    answerOnce({ data: [{ id: 'a' }, { id: 'b' }], meta: { page: 1, limit: 2, total: 3 } })
    answerOnce({ data: [{ id: 'c' }], meta: { page: 2, limit: 2, total: 3 } })
    expect(await collect(client.threadMessages(thread, neverAborted))).toHaveLength(3)
  })

  it('end when the same page comes for ever', async () => {
    const data = Array.from({ length: 100 }, (_, id) => ({ id: `m${id}` }))
    for (let count = 0; count < 5; count += 1) answerOnce({ data })
    expect(await collect(client.threadMessages(thread, neverAborted))).toHaveLength(100)
    expect(setup.channex.server.requests).toHaveLength(2)
  })

  it.each([{ meta: {} }, {}, { data: {} }, '<html>Welcome</html>', ''])(
    'do not take %j for an empty one',
    async (body) => {
      answerOnce(body)
      await expect(collect(client.threads({}, neverAborted))).rejects.toMatchObject({ code: 'unknown' })
    },
  )
})

describe('threads', () => {
  it('are listed by property, the most recently active first', async () => {
    setup.channex.open({ propertyId: fakeAccount.otherPropertyId })
    await setup.clock.advance(1000)
    const newer = setup.channex.open({ provider: 'AirBNB', title: 'Inquiry from Omar' })
    const query = { propertyId: fakeAccount.propertyId }
    const threads = await collect(client.threads(query, neverAborted))
    expect(threads.map(({ id }) => id)).toEqual([newer, thread])
    expect(lastRequest().query.get('filter[property_id]')).toBe(fakeAccount.propertyId)
  })

  it('are read with what they are related to, or without', async () => {
    const bare = setup.channex.open({ provider: 'AirBNB', bare: true })
    expect(await client.thread(thread, neverAborted)).toMatchObject({
      id: thread,
      title: 'Ines Ferreira',
      provider: 'BookingCom',
      isClosed: false,
      messageCount: 0,
      propertyId: fakeAccount.propertyId,
      bookingId: expect.any(String),
      activeAt: setup.clock.now(),
    })
    expect(await client.thread(bare, neverAborted)).toMatchObject({
      provider: 'AirBNB',
      propertyId: undefined,
      bookingId: undefined,
    })
  })

  it('are closed, and opened again by sending', async () => {
    await client.closeThread(thread, neverAborted)
    expect((await client.thread(thread, neverAborted)).isClosed).toBe(true)
    await client.sendToThread(thread, 'One more thing.', neverAborted)
    expect((await client.thread(thread, neverAborted)).isClosed).toBe(false)
  })

  it('need no reply on Booking.com once that is said', async () => {
    setup.channex.say(thread, 'Thank you!')
    await client.noReplyNeeded(thread, neverAborted)
    expect(lastRequest()).toMatchObject({
      path: `/api/v1/message_threads/${thread}/no_reply_needed`,
      body: '',
    })
    expect(setup.channex.book.threads.get(thread)?.awaitsReply).toBe(false)
  })
})

describe('messages', () => {
  it('are sent to a thread as a text', async () => {
    const message = await client.sendToThread(thread, 'Of course.', neverAborted)
    expect(lastRequest()).toMatchObject({
      method: 'POST',
      path: `/api/v1/message_threads/${thread}/messages`,
      body: '{"message":{"message":"Of course."}}',
    })
    expect(message).toMatchObject({ sender: 'property', text: 'Of course.', at: setup.clock.now() })
  })

  it('are not taken for sent when the answer holds no message', async () => {
    answerOnce('')
    const sent = client.sendToThread(thread, 'Hello', neverAborted)
    await expect(sent).rejects.toMatchObject({ code: 'unknown' })
  })
})

describe('bookings', () => {
  it('give the guest’s name, the site’s number and the dates, and nothing of payment', async () => {
    const { bookingId = '' } = await client.thread(thread, neverAborted)
    expect(await client.booking(bookingId, neverAborted)).toEqual({
      id: bookingId,
      guestName: 'Ines Ferreira',
      reservationCode: '4512345678',
      email: 'guest@example.com',
      arrival: '2026-12-02',
      departure: '2026-12-05',
      threadId: thread,
    })
  })
})
