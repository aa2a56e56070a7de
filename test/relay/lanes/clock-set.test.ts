import { afterEach, describe, expect, test } from 'vitest'
import { hour, minute } from '../../fakes/clock.ts'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'

let fixture: FakePlatform
afterEach(() => fixture.close())

test.each(['sent', 'dropped'] as const)(
  'replies arrive within minutes and in order after the clock was set back, webhooks %s',
  async (webhooks) => {
    fixture = await createFakePlatform({ switches: { webhooks } })
    const { mews, guests, clock } = fixture
    await guests.say('anna', 'Hello')
    await fixture.arrived(1)
    await fixture.pass(5 * minute, 5_000)
    mews.reply(fixture.thread(0), 'before')
    await fixture.pass(3 * minute, 5_000)
    clock.set(-2 * hour)
    for (const text of ['first', 'second', 'third']) {
      mews.reply(fixture.thread(0), text)
      await fixture.pass(10 * minute, 5_000)
    }
    expect(guests.heard('anna')).toEqual(['before', 'first', 'second', 'third'])
  },
)

test('what was written before a start with a clock that was set back arrives', async () => {
  fixture = await createFakePlatform({ switches: { webhooks: 'dropped' } })
  const { mews, guests, clock } = fixture
  await guests.say('anna', 'Hello')
  await fixture.arrived(1)
  await fixture.pass(5 * minute, 5_000)
  await fixture.relay.stop(0)
  clock.set(-2 * hour)
  mews.reply(fixture.thread(0), 'while it was down')
  clock.step(30 * minute)
  await fixture.restart([{ name: 'Grand Hotel' }])
  await fixture.pass(5 * minute, 5_000)
  expect(guests.heard('anna')).toEqual(['while it was down'])
})

const year = 365 * 24 * hour
const away = { outcome: { outcome: 'retry', reason: 'away' } } as const

describe.each([-year, -26 * hour, -2 * hour, -10 * minute, 10 * minute, 2 * hour, year])(
  'a clock that is set by %i ms',
  (ms) => {
    test.each([
      { what: 'in hand', attempts: 2, failures: 3 },
      { what: 'waiting for another attempt', attempts: 6, failures: 7 },
    ])('delays no reply that is $what, nor what stands behind it', async ({ attempts, failures }) => {
      fixture = await createFakePlatform()
      await fixture.begin('Hello')
      const { mews, guests, clock } = fixture
      guests.fail('anna', away, failures)
      mews.reply(fixture.thread(0), 'first')
      mews.reply(fixture.thread(0), 'second')
      await fixture.until(() => expect(guests.attempts('anna')).toBeGreaterThanOrEqual(attempts))
      clock.set(ms)
      await fixture.pass(20_000)
      expect(guests.heard('anna')).toEqual(['first', 'second'])
    })

    test('sends nothing again that is being sent', async () => {
      fixture = await createFakePlatform()
      await fixture.begin('Hello')
      const { mews, guests, clock } = fixture
      guests.fail('anna', 'hang')
      mews.reply(fixture.thread(0), 'first')
      await fixture.until(() => expect(guests.attempts('anna')).toBe(1))
      clock.set(ms)
      await fixture.pass(5 * minute, 5_000)
      expect(guests.attempts('anna')).toBe(1)
    })

    test.each([false, true])('gives no reply up that fails, with a start in between: %s', async (starts) => {
      fixture = await createFakePlatform()
      await fixture.begin('Hello')
      const { mews, guests, clock } = fixture
      guests.fail('anna', away, 40)
      mews.reply(fixture.thread(0), 'first')
      await fixture.until(() => expect(guests.attempts('anna')).toBeGreaterThan(6))
      clock.set(ms)
      if (starts) await fixture.restart([{ name: 'Grand Hotel' }])
      await fixture.pass(2 * hour, 5_000)
      expect(guests.heard('anna')).toEqual(['first'])
    })

    test.each([false, true])(
      'gives no turn up while Mews is away, with a start in between: %s',
      async (starts) => {
        fixture = await createFakePlatform()
        await fixture.begin('Hello')
        const { mews, guests, clock } = fixture
        mews.fail({ applied: false, kind: 'answer', answer: { status: 503, body: '' } }, { times: 15 })
        await guests.say('anna', 'A towel, please')
        await fixture.until(() => expect(fixture.gate.state().failingSince).not.toBe(null))
        await fixture.pass(minute)
        clock.set(ms)
        if (starts) await fixture.restart([{ name: 'Grand Hotel' }])
        await fixture.pass(hour, 5_000)
        expect(fixture.threads()).toEqual([['Hello', 'A towel, please']])
        expect(fixture.deliveries().filter(({ state }) => state === 'failed')).toEqual([])
      },
    )

    test('makes no announced reply pass for lost that Mews shows later', async () => {
      fixture = await createFakePlatform({ switches: { webhooks: 'held' } })
      const { mews, guests, clock } = fixture
      await guests.say('anna', 'Hello')
      await fixture.arrived(1)
      const known = { enterpriseId: mews.properties[0]?.enterpriseId ?? '', messages: [{ id: 'not-yet' }] }
      await fixture.relay.announce([known])
      await fixture.pass(10_000)
      clock.set(ms)
      await fixture.pass(10 * minute, 5_000)
      expect(fixture.deliveries().filter(({ state }) => state === 'failed')).toEqual([])
      await fixture.pass(3 * hour, 5_000)
      expect(fixture.deliveries().filter(({ state }) => state === 'failed')).toHaveLength(1)
    })

    test('does not delay the regular look', async () => {
      fixture = await createFakePlatform({ switches: { webhooks: 'dropped' } })
      const { mews, guests, clock } = fixture
      await guests.say('anna', 'Hello')
      await fixture.arrived(1)
      await fixture.pass(minute)
      clock.set(ms)
      mews.reply(fixture.thread(0), 'first')
      await fixture.pass(2 * minute + 5_000)
      expect(guests.heard('anna')).toEqual(['first'])
    })
  },
)
