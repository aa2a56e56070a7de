import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { turnGroup } from '../../../src/relay/ids.ts'
import { patience } from '../../fakes/clock.ts'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'

let fixture: FakePlatform
beforeEach(async () => {
  fixture = await createFakePlatform()
})
afterEach(() => fixture.close())

/** How many messages each call of `messages/add` carried. */
const batches = (): readonly number[] =>
  fixture
    .callsOf('messages/add')
    .map(({ body }) => (JSON.parse(body) as { readonly Messages: readonly unknown[] }).Messages.length)

test('a lone turn leaves at once', async () => {
  const { guests } = fixture
  await guests.say('anna', 'one')
  await fixture.until(() => expect(fixture.threads()).toEqual([['one']]))
  await guests.say('anna', 'two')
  // The clock stands still.
  await vi.waitFor(() => expect(fixture.threads()).toEqual([['one', 'two']]), patience)
})

test('what waits while a call is in flight goes along in one', async () => {
  const { guests, mews } = fixture
  const others = Array.from({ length: 20 }, (_, number) => `guest-${number}`)
  await Promise.all([...others, 'anna'].map((conversation) => guests.say(conversation, 'one')))
  await fixture.until(() => expect(fixture.threads().flat()).toHaveLength(21))
  const before = batches().length
  mews.fail({ kind: 'late', applied: true, ms: 500 }, { operation: 'messages/add' })
  await guests.say('anna', 'two')
  await vi.waitFor(() => expect(batches()).toHaveLength(before + 1), patience)
  // Whoever looks only now and then looks now, too.
  fixture.clock.step(1_000)
  const texts = ['two', 'three']
  await Promise.all(others.flatMap((conversation) => texts.map((text) => guests.say(conversation, text))))
  await vi.waitFor(() => expect(fixture.threads().flat()).toHaveLength(21 + 41), patience)
  expect(batches().slice(before)).toEqual([1, 40])
})

test('one call is in flight at a time, and holds at most a thousand messages', async () => {
  const { guests } = fixture
  await guests.say('anna', 'Hello')
  await fixture.until(() => expect(fixture.threads()).toEqual([['Hello']]))
  const texts = Array.from({ length: 2_500 }, (_, number) => `text ${number}`)
  await Promise.all(texts.map((text) => guests.say('anna', text)))
  await fixture.until(() => expect(fixture.threads()).toEqual([['Hello', ...texts]]))
  expect(Math.max(...batches())).toBeLessThanOrEqual(1_000)
  expect(batches().length).toBeLessThan(10)
})

test('a call is full where enough waits, and no more is claimed than the next one needs', async () => {
  const { guests, mews, store } = fixture
  const others = ['bert', 'carl', 'dora', 'emil']
  await Promise.all([...others, 'anna'].map((conversation) => guests.say(conversation, 'one')))
  await fixture.until(() => expect(fixture.threads().flat()).toHaveLength(5))
  const before = batches().length
  const claims = vi.spyOn(store.log, 'claim')
  const claimed = async (): Promise<number> => {
    const runs = await Promise.all(
      claims.mock.results.map(({ value }) => value as ReturnType<typeof store.log.claim>),
    )
    // The lane of announcements is claimed in the same way.
    const turns = runs.flat().filter(({ group }) => group === turnGroup('Grand Hotel'))
    return turns.reduce((sum, { entries }) => sum + entries.length, 0)
  }
  mews.fail(
    { kind: 'answer', applied: false, answer: { status: 429, headers: { 'retry-after': '20' } } },
    { operation: 'messages/add' },
  )
  await guests.say('anna', 'two')
  await vi.waitFor(() => expect(batches()).toHaveLength(before + 1), patience)
  // The clock stands still, so nothing is sent meanwhile.
  for (const [index, conversation] of others.entries()) {
    await Promise.all(Array.from({ length: 700 }, (_, number) => guests.say(conversation, `text ${number}`)))
    fixture.clock.step(1_000)
    await vi.waitFor(async () => expect(await claimed()).toBe(1 + 700 * Math.min(index + 1, 2)), patience)
  }
  await fixture.pass(3_000)
  expect(await claimed()).toBe(1 + 2 * 700)
  await fixture.arrived(5 + 1 + 4 * 700)
  expect(batches().slice(before, before + 3)).toEqual([1, 1, 1_000])
})
