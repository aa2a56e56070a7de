import { afterEach, describe, expect, test } from 'vitest'
import { minute, second } from '../../fakes/clock.ts'
import { createCrashAfter } from '../support/crash-after.ts'
import { createFakePlatform } from '../support/fake-platform.ts'
import { createStayHotel, email } from './stay-hotel.ts'

const hotel = createStayHotel()
afterEach(() => hotel.fixture.close())

const { start, customer, reserve, lineOf, looks } = hotel

describe('for the staff alone, once', () => {
  test('no guest reads a word of it, in answers to commands neither', async () => {
    await start()
    reserve(customer({ lastName: 'Quintanilha' }), { state: 'Started', room: 'Zeppelin' })
    await lineOf()
    await hotel.fixture.guests.say('anna', '', { command: 'status' })
    await hotel.fixture.guests.say('anna', '', { command: 'help' })
    hotel.fixture.mews.refuse(hotel.fixture.thread(0), 400)
    await hotel.fixture.guests.say('anna', 'two', { identity: { email } })
    await hotel.fixture.pass(5 * minute)
    const heard = hotel.fixture.guests.heard('anna').join('\n')
    expect(heard).not.toBe('')
    expect(heard).not.toMatch(/Quintanilha|Zeppelin|confirmation|in the house|e-mail/)
  })

  test('it is off unless set', async () => {
    hotel.fixture = await createFakePlatform()
    reserve(customer(), { state: 'Started' })
    expect(await lineOf()).toBeUndefined()
    expect(looks()).toEqual([])
  })

  test('each new thread has it once, and what the guest writes in it later has none', async () => {
    await start()
    reserve(customer(), { state: 'Started' })
    const line = await lineOf()
    await hotel.fixture.guests.say('anna', '', { command: 'new' })
    await hotel.fixture.guests.say('anna', 'again', { identity: { email } })
    await hotel.fixture.pass(20 * second)
    expect(hotel.fixture.threads()).toEqual([
      ['one', line],
      ['again', line],
    ])
    expect(looks()).toHaveLength(3)
  })

  test.each(Array.from({ length: 12 }, (_, index) => index + 1))(
    'a crash after act %i leads to one line',
    async (act) => {
      let crash = createCrashAfter(Infinity)
      await start({ createCrash: () => crash })
      reserve(customer(), { state: 'Started' })
      // From here on its acts are counted.
      await hotel.fixture.relay.stop(0)
      crash = createCrashAfter(act)
      await hotel.fixture.revive()
      await hotel.fixture.guests.say('anna', 'one', { identity: { email } })
      for (let left = 30; left > 0; left -= 1) {
        await hotel.fixture.pass(2 * second, 250)
        if (!crash.hasCrashed()) continue
        crash = createCrashAfter(Infinity)
        await hotel.fixture.revive()
      }
      await hotel.fixture.pass(minute)
      const [texts = []] = hotel.fixture.threads()
      expect(hotel.fixture.threads()).toHaveLength(1)
      expect(texts).toEqual(['one', expect.stringContaining('Ines Ferreira · room 204')])
    },
  )

  test.each(['before the guest wrote', 'before it was told'])(
    'a backup that was made %s and put back tells it no second time',
    async (when) => {
      await start()
      reserve(customer(), { state: 'Started' })
      await hotel.fixture.pass(5 * second)
      if (when === 'before the guest wrote') await hotel.fixture.backUp()
      await hotel.fixture.guests.say('anna', 'one', { identity: { email } })
      await hotel.fixture.arrived(1)
      if (when === 'before it was told') await hotel.fixture.backUp()
      await hotel.fixture.arrived(2)
      await hotel.fixture.pass(minute)
      await hotel.fixture.putBack()
      await hotel.fixture.guests.again()
      await hotel.fixture.pass(3 * minute)
      await hotel.fixture.guests.say('anna', 'two', { identity: { email } })
      await hotel.fixture.pass(minute)
      expect(hotel.fixture.threads().flat()).toEqual(['one', expect.stringContaining('204'), 'two'])
    },
  )

  test('erasure ends it', async () => {
    await start()
    reserve(customer(), { state: 'Started' })
    expect(await lineOf()).toContain('Ines')
    const admin = hotel.fixture.store as unknown as {
      readonly admin: { readonly erasure: { erase(conversation: string): Promise<unknown> } }
    }
    await admin.admin.erasure.erase('lobby:anna')
    const kept = hotel.fixture.deliveries() as unknown as readonly { readonly text: string }[]
    expect(kept.every(({ text }) => text === '')).toBe(true)
    await hotel.fixture.pass(minute)
    expect(hotel.fixture.threads().flat()).toHaveLength(2)
  })
})
