import { afterEach, describe, expect, test } from 'vitest'
import { hour, minute } from '../../fakes/clock.ts'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'

let lobby: FakePlatform
afterEach(() => lobby.close())

test.each(['sent', 'dropped'] as const)(
  'replies arrive within minutes and in order after the clock was set back, webhooks %s',
  async (webhooks) => {
    lobby = await createFakePlatform({ switches: { webhooks } })
    const { mews, guests, clock } = lobby
    await guests.say('anna', 'Hello')
    await lobby.arrived(1)
    await lobby.pass(5 * minute, 5_000)
    mews.reply(lobby.thread(0), 'before')
    await lobby.pass(3 * minute, 5_000)
    clock.set(-2 * hour)
    for (const text of ['first', 'second', 'third']) {
      mews.reply(lobby.thread(0), text)
      await lobby.pass(10 * minute, 5_000)
    }
    expect(guests.heard('anna')).toEqual(['before', 'first', 'second', 'third'])
  },
)

test('what was written before a start with a clock that was set back arrives', async () => {
  lobby = await createFakePlatform({ switches: { webhooks: 'dropped' } })
  const { mews, guests, clock } = lobby
  await guests.say('anna', 'Hello')
  await lobby.arrived(1)
  await lobby.pass(5 * minute, 5_000)
  await lobby.relay.stop(0)
  clock.set(-2 * hour)
  mews.reply(lobby.thread(0), 'while it was down')
  clock.step(30 * minute)
  await lobby.restart([{ name: 'Grand Hotel' }])
  await lobby.pass(5 * minute, 5_000)
  expect(guests.heard('anna')).toEqual(['while it was down'])
})

const begin = async (): Promise<void> => {
  lobby = await createFakePlatform()
  await lobby.guests.say('anna', 'Hello')
  await lobby.arrived(1)
}

const year = 365 * 24 * hour
const away = { outcome: { outcome: 'retry', reason: 'away' } } as const

describe.each([-year, -26 * hour, -2 * hour, -10 * minute, 10 * minute, 2 * hour, year])(
  'a clock that is set by %i ms',
  (ms) => {
    test.each([
      { what: 'in hand', attempts: 2, failures: 3 },
      { what: 'waiting for another attempt', attempts: 6, failures: 7 },
    ])('delays no reply that is $what, nor what stands behind it', async ({ attempts, failures }) => {
      await begin()
      const { mews, guests, clock } = lobby
      guests.fail('anna', away, failures)
      mews.reply(lobby.thread(0), 'first')
      mews.reply(lobby.thread(0), 'second')
      await lobby.until(() => expect(guests.attempts('anna')).toBeGreaterThanOrEqual(attempts))
      clock.set(ms)
      await lobby.pass(20_000)
      expect(guests.heard('anna')).toEqual(['first', 'second'])
    })

    test('sends nothing again that is being sent', async () => {
      await begin()
      const { mews, guests, clock } = lobby
      guests.fail('anna', 'hang')
      mews.reply(lobby.thread(0), 'first')
      await lobby.until(() => expect(guests.attempts('anna')).toBe(1))
      clock.set(ms)
      await lobby.pass(5 * minute, 5_000)
      expect(guests.attempts('anna')).toBe(1)
    })

    test.each([false, true])('gives no reply up that fails, with a start in between: %s', async (starts) => {
      await begin()
      const { mews, guests, clock } = lobby
      guests.fail('anna', away, 40)
      mews.reply(lobby.thread(0), 'first')
      await lobby.until(() => expect(guests.attempts('anna')).toBeGreaterThan(6))
      clock.set(ms)
      if (starts) await lobby.restart([{ name: 'Grand Hotel' }])
      await lobby.pass(2 * hour, 5_000)
      expect(guests.heard('anna')).toEqual(['first'])
    })

    test.each([false, true])(
      'gives no turn up while Mews is away, with a start in between: %s',
      async (starts) => {
        await begin()
        const { mews, guests, clock } = lobby
        mews.fail({ applied: false, kind: 'answer', answer: { status: 503, body: '' } }, { times: 15 })
        await guests.say('anna', 'A towel, please')
        await lobby.until(() => expect(lobby.gate.state().failingSince).not.toBe(null))
        await lobby.pass(minute)
        clock.set(ms)
        if (starts) await lobby.restart([{ name: 'Grand Hotel' }])
        await lobby.pass(hour, 5_000)
        expect(lobby.threads()).toEqual([['Hello', 'A towel, please']])
        expect(lobby.deliveries().filter(({ state }) => state === 'failed')).toEqual([])
      },
    )

    test('makes no announced reply pass for lost that Mews shows later', async () => {
      lobby = await createFakePlatform({ switches: { webhooks: 'held' } })
      const { mews, guests, clock } = lobby
      await guests.say('anna', 'Hello')
      await lobby.arrived(1)
      const known = { enterpriseId: mews.properties[0]?.enterpriseId ?? '', messages: [{ id: 'not-yet' }] }
      await lobby.relay.announce([known])
      await lobby.pass(10_000)
      clock.set(ms)
      await lobby.pass(10 * minute, 5_000)
      expect(lobby.deliveries().filter(({ state }) => state === 'failed')).toEqual([])
      await lobby.pass(3 * hour, 5_000)
      expect(lobby.deliveries().filter(({ state }) => state === 'failed')).toHaveLength(1)
    })

    test('does not delay the regular look', async () => {
      lobby = await createFakePlatform({ switches: { webhooks: 'dropped' } })
      const { mews, guests, clock } = lobby
      await guests.say('anna', 'Hello')
      await lobby.arrived(1)
      await lobby.pass(minute)
      clock.set(ms)
      mews.reply(lobby.thread(0), 'first')
      await lobby.pass(2 * minute + 5_000)
      expect(guests.heard('anna')).toEqual(['first'])
    })
  },
)
