import { afterEach, describe, expect, test } from 'vitest'
import type { MewsOperation } from '../../../src/sandbox/mews/requests.ts'
import { hour, minute } from '../../fakes/clock.ts'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'

let fixture: FakePlatform
afterEach(() => fixture.close())

/** Two guests have a thread each, and the first looks have been. */
const begin = async (options: Parameters<typeof createFakePlatform>[0] = {}): Promise<void> => {
  fixture = await createFakePlatform(options)
  await fixture.begin('Hello')
  await fixture.guests.say('ben', 'Hi', { by: 'Ben' })
  await fixture.arrived(2)
  await fixture.pass(3 * minute, 5_000)
}

/** Something in between refuses whatever is asked. */
const refuseAll = (status: number, operation: MewsOperation): void =>
  fixture.mews.fail(
    {
      kind: 'answer',
      applied: false,
      answer: { status, headers: { 'content-type': 'text/html' }, body: '<html>blocked</html>' },
    },
    { operation, times: 1e9 },
  )

const lostAnswer = { kind: 'reset', applied: true } as const
const looks: readonly (readonly [string, readonly MewsOperation[]])[] = [
  ['for messages', ['messages/getAll']],
  ['for messages and threads', ['messages/getAll', 'messageThreads/getAll']],
]

/** Requests that ask Mews, from now on. */
const countLooks = (): (() => number) => {
  const from = fixture.calls.length
  return () => fixture.calls.slice(from).filter(({ operation }) => operation.endsWith('/getAll')).length
}

describe.each([400, 403, 413])('when looks are answered with %i', (status) => {
  test.each(looks)('for an hour, replies arrive in order afterwards: those %s', async (_, operations) => {
    await begin()
    const count = countLooks()
    for (const operation of operations) refuseAll(status, operation)
    const texts = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth']
    for (const text of texts) {
      fixture.mews.reply(fixture.thread(0), text)
      await fixture.pass(10 * minute, 5_000)
    }
    expect(fixture.gate.state().failingSince).not.toBe(null)
    expect(fixture.guests.heard('anna')).toEqual([])
    expect(count()).toBeLessThan(400)
    fixture.mews.heal()
    await fixture.pass(12 * minute, 5_000)
    expect(fixture.guests.heard('anna')).toEqual(texts)
    expect(fixture.gate.state().failingSince).toBe(null)
  })

  test.each(looks)('a message of unknown outcome is not sent twice: those %s', async (_, operations) => {
    await begin()
    fixture.mews.fail(lostAnswer, { operation: 'messages/add' })
    for (const operation of operations) refuseAll(status, operation)
    await fixture.guests.say('anna', 'One towel please')
    await fixture.pass(5 * minute)
    fixture.mews.heal()
    await fixture.pass(12 * minute, 5_000)
    expect(fixture.threads()[0]).toEqual(['Hello', 'One towel please'])
    expect(fixture.deliveries().map(({ state, possibly_twice }) => `${state} ${possibly_twice}`)).toEqual(
      Array.from({ length: 3 }, () => 'sent 0'),
    )
  })
})

/** Threads that were opened by an integration that is no more. */
const addUnknown = async (count: number): Promise<void> => {
  const { store, clock } = fixture
  const startedAt = clock.now() - minute
  const old = { property: 'Grand Hotel', subject: 'Old', sender: 'Guest', startedAt }
  for (let n = 0; n < count; n += 1) {
    const row = { ...old, conversation: `lobby:old-${n}`, reference: `OLD${n}` }
    await store.threads.intend(row)
    const id = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
    await store.threads.opened(row, id, startedAt)
  }
}

describe.each(['refused', 'refused everywhere'] as const)(
  'threads that Mews does not know, %s',
  (foreignThreads) => {
    test('cost next to nothing and delay nothing', async () => {
      await begin({ switches: { foreignThreads, webhooks: 'dropped' } })
      await addUnknown(200)
      const count = countLooks()
      fixture.mews.reply(fixture.thread(0), 'Answer')
      await fixture.pass(3 * minute, 5_000)
      expect(fixture.guests.heard('anna')).toEqual(['Answer'])
      await fixture.pass(117 * minute, 5_000)
      // One every two minutes, one every ten for whom a guest waits, and a few an hour.
      expect(count()).toBeLessThan(60 + 12 + 20)
      expect(fixture.gate.state().failingSince).toBe(null)
    })

    test('are read again when Mews knows them again, from when it did not', async () => {
      await begin({ switches: { foreignThreads, webhooks: 'dropped' } })
      const { mews, guests } = fixture
      mews.hide(fixture.thread(0))
      mews.reply(fixture.thread(0), 'first')
      await fixture.pass(3 * hour, 10_000)
      mews.reply(fixture.thread(1), 'to Ben')
      await fixture.restart([{ name: 'Grand Hotel' }])
      await fixture.pass(10 * minute, 5_000)
      expect([guests.heard('anna'), guests.heard('ben')]).toEqual([[], ['to Ben']])
      mews.hide(fixture.thread(0), false)
      mews.reply(fixture.thread(0), 'second')
      await fixture.pass(70 * minute, 10_000)
      mews.reply(fixture.thread(0), 'third')
      await fixture.pass(3 * minute, 5_000)
      expect(guests.heard('anna')).toEqual(['first', 'second', 'third'])
    })

    test('keep nothing of unknown outcome waiting, which goes on marked', async () => {
      await begin({ switches: { foreignThreads } })
      const { mews, guests } = fixture
      mews.fail(lostAnswer, { operation: 'messages/add' })
      mews.hide(fixture.thread(0))
      await guests.say('anna', 'One towel please')
      await guests.say('ben', 'Two towels please', { by: 'Ben' })
      await fixture.pass(2 * minute)
      expect(fixture.threads()[1]).toEqual(['Hi', 'Two towels please'])
      expect(fixture.threads()[2]).toEqual(['One towel please'])
      expect(fixture.deliveries().map(({ possibly_twice }) => possibly_twice)).toEqual([0, 1, 0, 0])
    })
  },
)

describe('a thread whose messages Mews refuses although it knows it', () => {
  test('delays no other, and its replies arrive once that is over', async () => {
    await begin({ switches: { webhooks: 'dropped' } })
    const { mews, guests } = fixture
    for (const name of ['cleo', 'dora', 'emil']) await guests.say(name, 'Hi', { by: name })
    await fixture.arrived(5)
    mews.refuseReads(fixture.thread(0))
    mews.reply(fixture.thread(0), 'first')
    mews.reply(fixture.thread(1), 'to Ben')
    await fixture.pass(3 * minute, 5_000)
    expect(guests.heard('ben')).toEqual(['to Ben'])
    const count = countLooks()
    await fixture.pass(2 * hour, 10_000)
    expect(count()).toBeLessThan(60 + 12 + 20)
    mews.reply(fixture.thread(0), 'second')
    mews.refuseReads(fixture.thread(0), false)
    await fixture.pass(70 * minute, 10_000)
    expect(guests.heard('anna')).toEqual(['first', 'second'])
  })

  test('keeps what of it is unknown so, and others go on', async () => {
    await begin()
    const { mews, guests } = fixture
    mews.fail(lostAnswer, { operation: 'messages/add' })
    mews.refuseReads(fixture.thread(0))
    await guests.say('anna', 'One towel please')
    await fixture.pass(minute)
    await guests.say('ben', 'Two towels please', { by: 'Ben' })
    await fixture.pass(10_000)
    expect(fixture.threads()).toEqual([
      ['Hello', 'One towel please'],
      ['Hi', 'Two towels please'],
    ])
    expect(fixture.deliveries().map(({ state }) => state)).toEqual(['sent', 'sending', 'sent', 'sent'])
    mews.refuseReads(fixture.thread(0), false)
    await fixture.pass(6 * minute)
    expect(fixture.threads()[0]).toEqual(['Hello', 'One towel please'])
    expect(fixture.deliveries().map(({ state }) => state)).toEqual(['sent', 'sent', 'sent', 'sent'])
  })
})
