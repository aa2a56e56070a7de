import { afterEach, expect, test } from 'vitest'
import type { RelayContext } from '../../../src/relay/context.ts'
import { readOpeningHours } from '../../../src/util/opening-hours.ts'
import { createManualClock, day, hour, minute } from '../../fakes/clock.ts'
import { createCrashAfter } from '../support/crash-after.ts'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'

let fixture: FakePlatform
afterEach(() => fixture.close())

type Given = Parameters<typeof readOpeningHours>[0]

const deskOf = (given: Given, toldOn?: readonly string[]): RelayContext['hours'] => {
  const hours = readOpeningHours(given, () => {})
  return hours && new Map([['Grand Hotel', { hours, toldOn }]])
}

/** In Budapest it is Monday evening, 18:20. */
const closes = { 'mon-sun': ['07:00-18:25'] }
const told = 'The desk opens at 7:00; your message is there.'

const say = async (text: string): Promise<void> => {
  const before = fixture.threads().flat().length
  await fixture.guests.say('anna', text)
  await fixture.arrived(before + 1)
  await fixture.pass(minute, 5_000)
}

test('a guest is told once for each time that the desk is closed, after the message is in Mews', async () => {
  fixture = await createFakePlatform({ hours: deskOf(closes) })
  await say('Hello')
  expect(fixture.guests.heard('anna')).toEqual([])
  await fixture.pass(10 * minute, 5_000)
  await say('Anybody there?')
  expect(fixture.guests.heard('anna')).toEqual([told])
  await say('Hello??')
  expect(fixture.guests.heard('anna')).toEqual([told])
  await fixture.pass(day, minute)
  await say('Good evening')
  expect(fixture.guests.heard('anna')).toEqual([told, told])
  // Nothing of it goes to the hotel.
  expect(fixture.threads()).toEqual([['Hello', 'Anybody there?', 'Hello??', 'Good evening']])
})

test('nobody is told who asked for something else, or whose message is not there', async () => {
  fixture = await createFakePlatform({ hours: deskOf({ 'mon-sun': ['07:00-08:00'] }) })
  await say('Hello')
  expect(fixture.guests.heard('anna')).toEqual([told])
  await fixture.pass(day, minute)
  await fixture.guests.say('anna', 'Hello!', { kind: 'edit' })
  await fixture.guests.say('anna', '', { kind: 'deletion' })
  fixture.mews.fail({ kind: 'answer', applied: false, answer: { status: 500, body: '' } }, { times: 1_000 })
  await fixture.guests.say('anna', 'Still there?')
  await fixture.pass(10 * minute, 5_000)
  expect(fixture.guests.heard('anna')).toEqual([told])
  fixture.mews.heal()
  await fixture.until(() => expect(fixture.guests.heard('anna')).toEqual([told, told]))
})

test.each([
  [{ asks: false }, undefined, []],
  [{ asks: false }, ['lobby'], [told]],
  [{ asks: true }, ['elsewhere'], []],
  [{ asks: true }, [], []],
])('guests of booking sites are told only where these are named: %o, %o', async (how, toldOn, heard) => {
  fixture = await createFakePlatform({ ...how, hours: deskOf({ 'mon-sun': ['07:00-08:00'] }, toldOn) })
  await say('Hello')
  expect(fixture.guests.heard('anna')).toEqual(heard)
})

test('a weekday is named where the desk opens later than tomorrow morning', async () => {
  fixture = await createFakePlatform({ hours: deskOf({ thu: ['07:00-08:00'] }) })
  await say('Hello')
  expect(fixture.guests.heard('anna')).toEqual(['The desk opens on Thursday at 7:00; your message is there.'])
})

test.each(Array.from({ length: 12 }, (_, index) => index + 2))(
  'a kill after act %i tells no guest twice, and each once',
  async (act) => {
    let crash = createCrashAfter(act)
    fixture = await createFakePlatform({
      clock: createManualClock(),
      createCrash: () => crash,
      hours: deskOf({ 'mon-sun': ['07:00-08:00'] }),
    })
    await fixture.guests.say('anna', 'Hello')
    for (let left = 60; left > 0; left -= 1) {
      await fixture.pass(5_000)
      if (!crash.hasCrashed()) continue
      crash = createCrashAfter(Infinity)
      await fixture.revive()
    }
    await fixture.pass(hour, minute)
    expect(fixture.guests.heard('anna')).toEqual([told])
  },
)
