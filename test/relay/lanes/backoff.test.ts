import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { pauseAfter } from '../../../src/util/retry-after.ts'
import { hour, minute } from '../../fakes/clock.ts'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'
import type { PostFault } from '../support/guests.ts'

describe('pauses', () => {
  const backoff = { firstMs: 1_000, maxMs: 300_000 }

  test('double with every attempt up to the longest one', () => {
    const pauses = [0, 1, 2, 8, 9, 1_000].map((attempts) =>
      pauseAfter(attempts, { ...backoff, random: () => 1 }),
    )
    expect(pauses).toEqual([1_000, 2_000, 4_000, 256_000, 300_000, 300_000])
  })

  test('are half random, so that many do not come back together', () => {
    expect(pauseAfter(3, { ...backoff, random: () => 0 })).toBe(4_000)
    expect(pauseAfter(3, { ...backoff, random: () => 0.5 })).toBe(6_000)
  })
})

describe('a conversation that cannot be posted to', () => {
  let fixture: FakePlatform
  beforeEach(async () => {
    fixture = await createFakePlatform()
    await fixture.guests.say('anna', 'Hello')
    await fixture.guests.say('ben', 'Hi')
    await fixture.arrived(2)
  })
  afterEach(() => fixture.close())

  const hotelAnswers = (text: string): void => {
    for (const { id } of fixture.mews.threads()) fixture.mews.reply(id, text)
  }

  const faults: Readonly<Record<string, PostFault>> = {
    'nobody answers': 'hang',
    'it is always too busy': { outcome: { outcome: 'retry', reason: 'busy', afterMs: minute } },
    'its outcome is never known': { outcome: { outcome: 'unknown', reason: 'reset' } },
  }

  test.each(Object.entries(faults))('delays no other: %s', async (_, fault) => {
    const { guests } = fixture
    guests.fail('anna', fault, 1_000)
    const texts = Array.from({ length: 5 }, (__, number) => `answer ${number}`)
    for (const text of texts) {
      const at = fixture.clock.now()
      hotelAnswers(text)
      await fixture.until(() => expect(guests.heard('ben').at(-1)).toBe(text))
      expect(fixture.clock.now() - at).toBeLessThan(10_000)
    }
    expect(guests.heard('ben')).toEqual(texts)
    expect(guests.heard('anna')).toEqual([])
  })

  test('is tried less and less often', async () => {
    const { guests } = fixture
    guests.fail('anna', { outcome: { outcome: 'unknown', reason: 'reset' } }, 1_000)
    hotelAnswers('Welcome')
    await fixture.pass(3 * hour, minute / 2)
    expect(guests.attempts('anna')).toBeGreaterThan(5)
    expect(guests.attempts('anna')).toBeLessThan(60)
  })

  test('catches up in order once it can be posted to', async () => {
    const { guests } = fixture
    guests.fail('anna', { outcome: { outcome: 'unknown', reason: 'reset' } }, 4)
    const texts = ['one', 'two', 'two', 'three']
    for (const text of texts) hotelAnswers(text)
    await fixture.until(() => expect(guests.heard('anna')).toEqual(texts))
  })

  test('holds back the later replies until the earlier one has arrived', async () => {
    const { guests } = fixture
    guests.fail('anna', { outcome: { outcome: 'retry', reason: 'busy', afterMs: 30_000 } })
    for (const text of ['one', 'two', 'three']) hotelAnswers(text)
    await fixture.until(() => expect(guests.heard('anna')).toHaveLength(3))
    expect(guests.heard('anna')).toEqual(['one', 'two', 'three'])
  })

  test('waits as long as the platform asks, and that costs no attempt', async () => {
    const { guests } = fixture
    guests.fail('anna', { outcome: { outcome: 'retry', reason: 'busy', afterMs: 30_000 } }, 3)
    const at = fixture.clock.now()
    hotelAnswers('Welcome')
    await fixture.until(() => expect(guests.heard('anna')).toEqual(['Welcome']))
    expect(fixture.clock.now() - at).toBeGreaterThanOrEqual(90_000)
    expect(fixture.clock.now() - at).toBeLessThan(2 * minute)
    expect(guests.attempts('anna')).toBe(4)
  })

  test('waits for a whole number of milliseconds, which is all that a database takes', async () => {
    const { guests } = fixture
    guests.fail('anna', { outcome: { outcome: 'retry', reason: 'busy', afterMs: 30_000.25 } })
    const settle = vi.spyOn(fixture.store.log, 'settle')
    hotelAnswers('Welcome')
    await fixture.until(() => expect(guests.heard('anna')).toEqual(['Welcome']))
    expect(guests.attempts('anna')).toBe(2)
    const times = settle.mock.calls.flatMap(([{ nextStep }]) =>
      nextStep.next === 'retry' ? nextStep.at : [],
    )
    expect(times).toHaveLength(1)
    expect(times.filter((at) => !Number.isInteger(at))).toEqual([])
  })

  test('is tried soon after its first failure, however often it had to wait before', async () => {
    const { guests } = fixture
    guests.fail('anna', { outcome: { outcome: 'retry', reason: 'busy', afterMs: 30_000 } }, 8)
    guests.fail('anna', { outcome: { outcome: 'unknown', reason: 'reset' } })
    const at = fixture.clock.now()
    hotelAnswers('Welcome')
    await fixture.until(() => expect(guests.heard('anna')).toEqual(['Welcome']))
    expect(fixture.clock.now() - at).toBeLessThan(5 * minute)
  })
})
