import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { neverAborted } from '../../../fakes/clock.ts'
import { fakeAccount } from '../../../fakes/channex/channex.ts'
import { createSetup, readFixture, type Setup } from '../setup.ts'

let setup: Setup
beforeEach(async () => {
  setup = await createSetup()
})
afterEach(() => setup.channex.close())

const receive = (body: unknown, headers = {}): Promise<number> =>
  setup.receive(setup.channex.request(body, headers))
const receiveNamed = (name: string): Promise<number> => receive(readFixture(name))
const withPayload = (change: object): object => {
  const body = readFixture('message')
  return { ...body, payload: { ...(body['payload'] as object), ...change } }
}

const elsewhere = (change = {}): object => ({
  ...withPayload(change),
  property_id: fakeAccount.otherPropertyId,
})

describe('what is recorded', () => {
  it('is a guest’s message, under its id, for its thread and property', async () => {
    expect(await receiveNamed('message')).toBe(204)
    expect(setup.inbox.recorded).toEqual([
      {
        conversation: '9d1f0a7c-2f3b-4e0a-9a44-5a1e8f6c2b30',
        keys: ['message:4f0f4c0e-7a5e-4f51-8f2c-0d2c1b6b9e11'],
        routing: { property: fakeAccount.propertyId },
        payload: JSON.stringify(readFixture('message')),
      },
    ])
    expect(setup.channex.server.requests).toHaveLength(0)
  })

  it('is an inquiry once in each of its states, although it has no message', async () => {
    const body = readFixture('inquiry')
    const accepted = { ...body, payload: { ...(body['payload'] as object), status: 'accepted' } }
    for (const one of [body, body, accepted]) expect(await receive(one)).toBe(204)
    expect(setup.inbox.recorded.map(({ conversation }) => conversation)).toEqual(
      Array(2).fill('2c7d1a0e-61d5-4a43-8f57-3f1f7e0e9b44'),
    )
  })

  it('is an inquiry once when it comes as an event and as a line of the thread', async () => {
    const inquiry = readFixture('inquiry')['payload'] as Readonly<Record<string, unknown>>
    const { status, live_feed_event_id, booking_details, message_thread_id } = inquiry
    const meta = { status, live_feed_event_id, booking_details }
    await receiveNamed('inquiry')
    await receive(withPayload({ message: 'inquiry', sender: 'system', meta, message_thread_id }))
    expect(setup.inbox.recorded).toHaveLength(1)
  })

  it('is that a booking was found', async () => {
    await receiveNamed('booking-assigned')
    await receiveNamed('booking-assigned')
    expect(setup.inbox.recorded).toHaveLength(1)
  })

  it.each([
    ['an event without data', () => readFixture('without-data')],
    ['a message without an id', () => withPayload({ id: null })],
    ['a message without a thread', () => withPayload({ message_thread_id: null })],
    ['a message of a thread that cannot be one', () => withPayload({ message_thread_id: '../users' })],
    ['a booking without an id', () => ({ ...readFixture('booking-assigned'), payload: {} })],
  ])('is nothing of %s: Channex has to be asked', async (_, body) => {
    expect(await receive(body())).toBe(204)
    expect(setup.inbox.accepted).toHaveLength(0)
  })

  it.each([
    ['the hotel’s own words', () => withPayload({ sender: 'property' })],
    ['somebody unheard of', () => withPayload({ sender: 'robot' })],
    ['an event of another kind', () => ({ event: 'booking_new', payload: {} })],
    ['a test', () => ({ event: 'test' })],
    ['an event without a name', () => ({ payload: {} })],
  ])('is nothing of %s', async (_, body) => {
    expect(await receive(body())).toBe(204)
    expect(setup.inbox.accepted).toHaveLength(0)
  })
})

describe('the secret', () => {
  it.each([undefined, '', 'channex-secret-of-the-test', `${fakeAccount.secret} `, [fakeAccount.secret]])(
    'is not %j',
    async (given) => {
      expect(await receive(readFixture('message'), { 'x-channex-webhook-secret': given })).toBe(401)
      expect(setup.inbox.accepted).toHaveLength(0)
    },
  )

  it('counts, whether Channex signs the webhook as well or not', async () => {
    const signed = { 'x-hmac-timestamp': '1793640011', 'x-hmac-keys-256': '...a1b2c3' }
    const without = { ...signed, 'x-channex-webhook-secret': undefined }
    expect(await receive(readFixture('message'), without)).toBe(401)
    expect(await receive(readFixture('message'), signed)).toBe(204)
  })

  it('may be the old or the new one while it is rotated', async () => {
    await setup.channex.close()
    setup = await createSetup({ webhookSecrets: ['secret-before-rotation', 'secret-after-rotation'] })
    for (const secret of ['secret-before-rotation', 'secret-after-rotation'])
      expect(await receive(readFixture('message'), { 'x-channex-webhook-secret': secret })).toBe(204)
    expect(await receive(readFixture('message'))).toBe(401)
  })
})

describe('a guest of another property', () => {
  it('is recorded as that property’s, and the operator is told', async () => {
    expect(await receive(elsewhere())).toBe(204)
    expect(setup.inbox.recorded).toMatchObject([{ routing: { property: fakeAccount.otherPropertyId } }])
    expect(setup.logged.join()).toContain(fakeAccount.otherPropertyId)
    expect(setup.logged.join()).not.toContain('parking')
  })

  it('fills no log: one line a minute for each property says how often', async () => {
    for (let count = 0; count < 30; count += 1) await receive(elsewhere({ id: `m-${count}` }))
    await receive({ ...elsewhere({ id: 'third' }), property_id: '11111111-2222-4333-8444-555555555555' })
    const told = () => setup.logged.filter((line) => line.includes('not configured has written'))
    expect(told()).toHaveLength(2)
    await setup.clock.advance(60_000)
    await receive(elsewhere({ id: 'last' }))
    expect(told()[2]).toContain('"count":30')
    expect(setup.inbox.recorded).toHaveLength(32)
  })

  it('is found once the property is set up, however late', async () => {
    await receive(elsewhere())
    await receive(elsewhere({ id: 'another', inserted_at: '2026-11-02T19:00:00' }))
    expect(await setup.vault.get(`looked:${fakeAccount.otherPropertyId}`)).toMatchObject({
      begun: Date.parse('2026-11-02T17:20:11.184Z'),
    })
  })

  it('leaves one record when Channex does not say what was written, however often and whoever looks', async () => {
    const look = { ...readFixture('without-data'), property_id: fakeAccount.otherPropertyId }
    expect(await receive(look)).toBe(204)
    expect(await receive({ ...look, timestamp: '2026-11-02T19:00:00Z' })).toBe(204)
    expect(setup.inbox.recorded).toMatchObject([{ routing: { property: fakeAccount.otherPropertyId } }])
    const payload = setup.inbox.recorded[0]?.payload ?? ''
    const waits = await setup.adapter.read(payload, neverAborted)
    expect(waits).toMatchObject({ turns: [{ text: expect.stringContaining('once it is set up') }] })
    for (const propertyId of [fakeAccount.otherPropertyId, undefined])
      expect(await setup.again({ propertyId }).read(payload, neverAborted)).toEqual({ turns: [] })
  })

  it('is recorded anew when its property was set up and is not any more', async () => {
    const look = { ...readFixture('without-data'), property_id: fakeAccount.otherPropertyId }
    await receive(look)
    await setup.vault.set(`looked:${fakeAccount.otherPropertyId}`, { v: 1, begun: 1, until: 2 })
    await receive(look)
    expect(setup.inbox.recorded).toHaveLength(2)
  })

  it('is looked for from then on also by whoever is set up for every property', async () => {
    await receive({ ...readFixture('without-data'), property_id: fakeAccount.otherPropertyId })
    const begun = Date.parse('2026-11-02T17:20:12Z')
    expect(await setup.vault.get('looked:every property')).toMatchObject({ begun, until: begun })
  })

  it('is not acknowledged while that cannot be recorded', async () => {
    setup.inbox.breakDown()
    const look = { ...readFixture('without-data'), property_id: fakeAccount.otherPropertyId }
    expect(await receive(look)).toBe(503)
  })

  it('is nothing where the property cannot be one', async () => {
    expect(await receive({ ...readFixture('without-data'), property_id: '../elsewhere' })).toBe(204)
    expect(setup.inbox.recorded).toHaveLength(0)
  })

  it('is welcome where no property is named', async () => {
    await setup.channex.close()
    setup = await createSetup({ propertyId: undefined })
    await receive(elsewhere())
    expect(setup.inbox.recorded[0]?.routing).toEqual({ property: fakeAccount.otherPropertyId })
  })
})
