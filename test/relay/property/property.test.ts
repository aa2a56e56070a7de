import { afterEach, beforeEach, expect, test } from 'vitest'
import { hour, minute } from '../../fakes/clock.ts'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'

let fixture: FakePlatform
beforeEach(async () => {
  fixture = await createFakePlatform()
  await fixture.guests.say('anna', 'one')
  await fixture.arrived(1)
})
afterEach(() => fixture.close())

const unauthorized = { kind: 'answer', applied: false, answer: { status: 401, body: {} } } as const

test('401 pauses the property, says why, and what waits goes on once the permission is back', async () => {
  const { mews, guests, gate } = fixture
  mews.fail(unauthorized, { times: 1_000 })
  const before = fixture.calls.length
  await guests.say('anna', 'two')
  await fixture.pass(hour, 10_000)
  expect(gate.state().failingSince).not.toBe(null)
  expect(gate.state().reason).toContain('was not authorised')
  expect(gate.state().pausedUntil).toBeGreaterThan(fixture.clock.now() - 10 * minute)
  expect(fixture.calls.length - before).toBeLessThan(60)
  expect(fixture.deliveries().at(-1)).toMatchObject({ state: 'waiting' })
  mews.heal()
  await fixture.until(() => expect(fixture.threads()).toEqual([['one', 'two']]))
  await fixture.until(() => expect(gate.state()).toMatchObject({ failingSince: null, reason: null }))
})

test('a permission that is missing for one operation is shown for as long as it is missing', async () => {
  const { mews, guests, gate } = fixture
  mews.fail(unauthorized, { times: 1_000, operation: 'messages/add' })
  await guests.say('anna', 'two')
  await fixture.pass(minute)
  const since = gate.state().failingSince
  expect(since).not.toBe(null)
  await fixture.pass(hour, 10_000)
  expect(gate.state().failingSince).toBe(since)
  mews.reply(fixture.thread(0), 'Hello?')
  await fixture.until(() => expect(guests.heard('anna')).toEqual(['Hello?']))
})

test('looks that find nothing to ask do not count as success', async () => {
  const { mews, guests, gate } = fixture
  mews.fail({ kind: 'reset', applied: false }, { times: 1_000, operation: 'messageThreads/add' })
  await guests.say('ben', 'hello')
  await fixture.pass(minute)
  const since = gate.state().failingSince
  await fixture.pass(10 * minute)
  expect(gate.state().failingSince).toBe(since)
})
