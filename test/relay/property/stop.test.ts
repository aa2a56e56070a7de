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

/** Waits until the call is under way. */
const calling = async (operation: string, times: number): Promise<void> =>
  fixture.until(() =>
    expect(fixture.calls.filter((call) => call.operation === operation)).toHaveLength(times),
  )

test('a stop lets the call in flight be answered, and settles it', async () => {
  const { mews, guests, relay } = fixture
  mews.fail({ kind: 'late', applied: true, ms: 60 }, { operation: 'messages/add' })
  await guests.say('anna', 'two')
  await calling('messages/add', 2)
  await relay.stop(minute)
  expect(fixture.deliveries().map(({ state }) => state)).toEqual(['sent', 'sent'])
})

test('a stop breaks off what is not answered in time, which stays unsure', async () => {
  const { mews, guests, relay, clock } = fixture
  mews.fail({ kind: 'hang', applied: true }, { operation: 'messages/add' })
  await guests.say('anna', 'two')
  await calling('messages/add', 2)
  const stopping = relay.stop(4_000)
  clock.step(4_000)
  await stopping
  expect(fixture.deliveries().map(({ state }) => state)).toEqual(['sent', 'sending'])
})

test('a stop lets a post to a guest end, and begins no other', async () => {
  const { mews, guests, relay, clock } = fixture
  guests.fail('anna', 'hang')
  mews.reply(fixture.thread(0), 'first')
  mews.reply(fixture.thread(0), 'second')
  await fixture.until(() => expect(guests.attempts('anna')).toBe(1))
  const stopping = relay.stop(4_000)
  clock.step(4_000)
  await stopping
  expect(guests.attempts('anna')).toBe(1)
  expect(fixture.deliveries().at(0)).toMatchObject({ lane: 'reply:lobby:anna', state: 'sending' })
})

test('a post that a stop broke off is taken up at the next start, without a pause', async () => {
  await fixture.close()
  fixture = await createFakePlatform({ times: { retryMs: hour } })
  const { mews, guests } = fixture
  await guests.say('anna', 'one')
  await fixture.arrived(1)
  guests.fail('anna', 'hang')
  mews.reply(fixture.thread(0), 'first')
  await fixture.until(() => expect(guests.attempts('anna')).toBe(1))
  await fixture.restart([{ name: 'Grand Hotel' }])
  await fixture.pass(20_000)
  expect(guests.heard('anna')).toEqual(['first'])
})

test('after a stop nothing new is begun', async () => {
  const { mews, guests, relay } = fixture
  await relay.stop(0)
  const before = fixture.calls.length
  await guests.say('anna', 'two')
  mews.reply(fixture.thread(0), 'answer')
  await fixture.pass(hour, minute)
  expect(fixture.calls.length).toBe(before)
  expect(guests.attempts('anna')).toBe(0)
})

test('a stop ends at once while the property is paused', async () => {
  const { mews, guests, relay } = fixture
  mews.fail({ kind: 'answer', applied: false, answer: { status: 401, body: {} } }, { times: 100 })
  await guests.say('anna', 'two')
  await fixture.until(() => expect(fixture.gate.state().failingSince).not.toBe(null))
  await relay.stop(hour)
})

test('a stop lets the thread that is being opened be opened', async () => {
  const { mews, guests, relay } = fixture
  mews.fail({ kind: 'late', applied: true, ms: 60 }, { operation: 'messageThreads/add' })
  await guests.say('ben', 'hello')
  await calling('messageThreads/add', 2)
  await relay.stop(minute)
  const recorded = await fixture.store.threads.latest('lobby:ben')
  expect(recorded).toMatchObject({ threadId: fixture.thread(1), bound: true })
})

test('a stop opens no thread that was still waiting for its turn', async () => {
  const { mews, guests, relay } = fixture
  mews.fail({ kind: 'late', applied: true, ms: 60 }, { operation: 'messageThreads/add', times: 20 })
  for (const guest of ['ben', 'cleo', 'dora', 'emil', 'fay', 'gus', 'hal', 'ida'])
    await guests.say(guest, 'hello')
  const openings = (): number => fixture.callsOf('messageThreads/add').length
  await fixture.until(() => expect(openings()).toBeGreaterThan(1))
  const stopping = relay.stop(minute)
  const begun = openings()
  await stopping
  expect(openings()).toBe(begun)
  expect(fixture.threads()).toHaveLength(begun)
})
