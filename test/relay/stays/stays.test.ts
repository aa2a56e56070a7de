import { afterEach, describe, expect, test } from 'vitest'
import { readStayRefusal } from '../../../src/relay/stays/permission.ts'
import { day, hour, minute, second } from '../../fakes/clock.ts'
import { createStayHotel, email, key } from './stay-hotel.ts'

const hotel = createStayHotel()
afterEach(() => hotel.fixture.close())

const { start, customer, reserve, lineOf, looks } = hotel

describe('by e-mail', () => {
  test('a running stay is told alone, with its room, and later messages ask nothing', async () => {
    await start()
    const guest = customer()
    reserve(guest, { number: '99', start: hotel.fixture.clock.now() + 40 * day })
    reserve(guest, { state: 'Started', start: hotel.fixture.clock.now() - day })
    const line = await lineOf()
    expect(line).toMatch(
      /^Guest \(by e-mail, not verified\): Ines Ferreira · room 204 · .+ · confirmation 52 · in the house$/,
    )
    expect(looks()).toEqual(['customers/getAll', 'reservations/getAll/2023-06-06', 'resources/getAll'])
    await hotel.fixture.guests.say('anna', 'two', { identity: { email } })
    await hotel.fixture.pass(15 * second)
    expect(looks()).toHaveLength(3)
    expect(hotel.fixture.threads()).toEqual([['one', line, 'two']])
  })

  test('dates are the hotel’s', async () => {
    await start()
    await hotel.fixture.pass(2 * second)
    const arrival = Date.UTC(new Date(hotel.fixture.clock.now()).getUTCFullYear(), 11, 2, 23, 30)
    reserve(customer(), { start: arrival, end: arrival + 2.4 * day })
    expect(await lineOf()).toContain(' · 3–5 Dec · ')
  })

  test.each([
    ['the nearest first', 2, /^Guest .*: Ines Ferreira\nroom 1 · .+ · confirmed\nroom 2 · .+ · confirmed$/],
    ['more than three are counted', 4, /^Guest .*: Ines Ferreira · 4 stays, see Mews$/],
  ])('of several that come %s', async (_, count, expected) => {
    await start()
    const guest = customer()
    for (let at = count; at > 0; at -= 1)
      reserve(guest, { number: `${at}`, room: `${at}`, start: hotel.fixture.clock.now() + 7 * at * day })
    expect(await lineOf()).toMatch(expected)
  })

  test('several guests with stays are counted, without a name or room', async () => {
    await start()
    for (const firstName of ['Ines', 'Rui']) reserve(customer({ firstName }))
    const line = await lineOf()
    expect(line).toBe('Guest (by e-mail, not verified): 2 guests with stays have this address, see Mews')
  })

  test('profiles of the chain that have no stay here say nothing, and do not count beside one that has', async () => {
    await start()
    customer({ firstName: 'Rui' })
    expect(await lineOf()).toBeUndefined()
    reserve(customer())
    expect(await lineOf({ email: email.toUpperCase() }, 'ben')).toBeUndefined()
    await hotel.fixture.pass(16 * minute, 10 * second)
    expect(await lineOf({ email: email.toUpperCase() }, 'carla')).toContain('Ines Ferreira · room 204')
  })

  test('a merged profile leads to the one that is left', async () => {
    await start()
    const left = customer({ email: 'other@example.com' })
    customer({ mergeTargetId: left.id })
    reserve(left, { state: 'Started' })
    expect(await lineOf()).toContain('Ines Ferreira · room 204')
    expect(looks()).toHaveLength(4)
  })

  test('somebody who travels along has the stay of the other', async () => {
    await start()
    const along = customer()
    const { id } = reserve(customer({ email: 'rui@example.com' }), { state: 'Started' })
    hotel.stays().addCompanion(along.id, id)
    expect(await lineOf()).toMatch(/: Ines Ferreira · .+ · confirmation 52 · in the house · travels along$/)
    expect(looks()).toHaveLength(4)
  })

  test.each([
    ['an alias of a booking site', 'abc-def@guest.booking.com'],
    ['an alias of Expedia, spelled otherwise', 'x@M.ExpediaPartnerCentral.com'],
    ['no address at all', 'ines'],
    ['two addresses', 'ines@example.com,rui@example.com'],
  ])('%s is not looked for', async (_, given) => {
    await start()
    reserve(customer({ email: given }))
    expect(await lineOf({ email: given })).toBeUndefined()
    expect(looks()).toEqual([])
  })

  test('a profile that Mews itself calls an alias says nothing', async () => {
    await start()
    reserve(customer({ hasOtaEmail: true }))
    expect(await lineOf()).toBeUndefined()
  })

  test.each([
    ['Optional', 'optional'],
    ['Inquired', 'inquiry'],
    ['Requested', 'requested'],
  ])('%s is told in words', async (state, words) => {
    await start()
    reserve(customer(), { state })
    expect(await lineOf()).toMatch(new RegExp(`· ${words}$`))
  })

  test('who has left is told for two weeks', async () => {
    await start()
    const guest = customer()
    reserve(guest, { state: 'Processed', start: hotel.fixture.clock.now() - 40 * day })
    expect(await lineOf()).toBeUndefined()
    reserve(guest, { state: 'Processed', start: hotel.fixture.clock.now() - 10 * day })
    await hotel.fixture.pass(16 * minute, 10 * second)
    expect(await lineOf({ email }, 'ben')).toMatch(/· has left$/)
  })

  test('nothing else of a profile is told or logged', async () => {
    await start()
    reserve(customer(), { state: 'Started' })
    const line = await lineOf()
    const logged = JSON.stringify(hotel.fixture.lines)
    expect(line).not.toMatch(/lift|PT5|1987|@/)
    for (const word of [email, 'Ines', 'Ferreira', '204']) expect(logged).not.toContain(word)
    expect(logged).toContain('found 1')
  })
})

describe('by number', () => {
  test('all rooms of a booking are told, and no address is looked for', async () => {
    await start({ by: 'number' })
    const guest = customer()
    for (const room of ['204', '205']) reserve(guest, { room, channelNumber: '3120045577' })
    const line = await lineOf({ bookingNumber: '3120045577', email })
    expect(line).toMatch(/^Guest \(by booking number\): room 204 · .+\nroom 205 · .+$/)
    expect(looks()).toEqual(['reservations/getAll/2023-06-06', 'resources/getAll'])
    expect(await lineOf({ email }, 'ben')).toBeUndefined()
    expect(looks()).toHaveLength(2)
  })

  test('where the number is not known the address is looked for, if that is set', async () => {
    await start()
    reserve(customer(), { state: 'Started' })
    expect(await lineOf({ bookingNumber: '1', email })).toContain('by e-mail')
    expect(looks()).toHaveLength(4)
  })
})

describe('nobody waits', () => {
  test('a Mews that does not answer a look delays no message, and there is no line', async () => {
    await start()
    reserve(customer())
    hotel.fixture.mews.fail({ kind: 'hang', applied: false }, { operation: 'customers/getAll', times: 3 })
    const from = hotel.fixture.clock.now()
    await hotel.fixture.guests.say('anna', 'one', { identity: { email } })
    await hotel.fixture.guests.say('anna', 'two', { identity: { email } })
    await hotel.fixture.arrived(2)
    hotel.fixture.mews.reply(hotel.fixture.thread(0), 'Yes')
    await hotel.fixture.until(() => expect(hotel.fixture.guests.heard('anna')).toEqual(['Yes']))
    expect(hotel.fixture.clock.now() - from).toBeLessThan(10 * second)
    await hotel.fixture.pass(minute)
    expect(hotel.fixture.threads()).toEqual([['one', 'two', 'Yes']])
    expect(hotel.fixture.lines.some(({ fields }) => fields['outcome'] === 'late')).toBe(true)
  })

  test('a platform that does not tell who it is delays nothing either', async () => {
    await start()
    expect(await lineOf('late')).toBeUndefined()
  })

  test('with few requests left nobody is looked up', async () => {
    await start({ requests: 6 })
    reserve(customer())
    for (const guest of ['anna', 'ben', 'carla', 'dora'])
      await hotel.fixture.guests.say(guest, 'one', { identity: { email } })
    await hotel.fixture.arrived(4)
    await hotel.fixture.pass(2 * minute)
    expect(looks().length).toBeLessThanOrEqual(3)
  })

  test.each([401, 403, 404] as const)(
    'a refusal with %i switches it off for an hour, says so, and leaves the property open',
    async (status) => {
      await start()
      reserve(customer(), { state: 'Started' })
      const refusal = { status, body: JSON.stringify({ Message: `No ${email}.` }) }
      const times = { operation: 'customers/getAll', times: 1 } as const
      hotel.fixture.mews.fail({ kind: 'answer', applied: false, answer: refusal }, times)
      expect(await lineOf()).toBeUndefined()
      expect(hotel.fixture.gate.state().failingSince).toBeNull()
      expect(await readStayRefusal(key, hotel.fixture.store.marks)).toContain(`customers/getAll (${status})`)
      expect(await lineOf({ email }, 'ben')).toBeUndefined()
      expect(looks()).toHaveLength(1)
      hotel.fixture.mews.reply(hotel.fixture.thread(1), 'Yes')
      await hotel.fixture.until(() => expect(hotel.fixture.guests.heard('ben')).toEqual(['Yes']))
      await hotel.fixture.pass(hour, 10 * second)
      expect(await lineOf({ email }, 'carla')).toContain('in the house')
      expect(await readStayRefusal(key, hotel.fixture.store.marks)).toBeUndefined()
      expect(JSON.stringify(hotel.fixture.lines)).not.toContain(email)
    },
  )
})
