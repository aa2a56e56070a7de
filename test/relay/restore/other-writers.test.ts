import { afterEach, expect, test } from 'vitest'
import type { OpenStore } from '../../../src/store/open-store.ts'
import { hour, minute } from '../../fakes/clock.ts'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'
import { reference, writeAsAnother } from './another-connector.ts'

let fixture: FakePlatform
afterEach(() => fixture.close())

/** A conversation, and some hours later. */
const begin = async (options: Parameters<typeof createFakePlatform>[0] = {}): Promise<FakePlatform> => {
  fixture = await createFakePlatform(options)
  await fixture.begin()
  await pass(2 * hour)
  return fixture
}

const pass = (ms: number): Promise<void> => fixture.pass(ms, minute)

const told = (): readonly object[] =>
  fixture.lines
    .filter(({ message }) => message.includes('another connector'))
    .map(({ level, fields }) => ({ level, ...fields }))

test('a connector with a database of its own is noticed by the threads it opens, once', async () => {
  const { mews } = await begin()
  const threadId = await writeAsAnother(mews, { subject: `two (ref ${reference})`, texts: ['two'] })
  await pass(3 * hour)
  expect(told()).toEqual([
    { level: 'error', property: 'Grand Hotel', turns: 0, threads: 1, threadIds: [threadId] },
  ])
  expect(fixture.thread(1)).toBe(threadId)
})

test('an old copy of this one is noticed by what it writes into the same threads', async () => {
  const { mews } = await begin()
  await writeAsAnother(mews, { threadId: fixture.thread(0), texts: ['two', 'three'] })
  await pass(3 * hour)
  expect(told()).toMatchObject([{ turns: 2, threads: 0, threadIds: [fixture.thread(0)] }])
})

test('an old copy that sends the same as this one is noticed, too', async () => {
  const { mews, guests } = await begin()
  for (const text of ['two', 'three']) {
    await guests.say('anna', text)
    await pass(5 * minute)
    await writeAsAnother(mews, { threadId: fixture.thread(0), texts: [text] })
  }
  await pass(3 * hour)
  expect(told()).toMatchObject([{ turns: 2, threads: 0 }])
})

test('what this one sends is never taken for that: also without an answer, late, again, erased, or restored', async () => {
  const { guests, mews } = await begin()
  // Sent without an answer, and looked up.
  mews.fail({ kind: 'reset', applied: true }, { operation: 'messages/add' })
  await guests.say('anna', 'two')
  await fixture.arrived(2)
  await pass(hour)
  // A thread that was opened without an answer.
  mews.fail({ kind: 'reset', applied: true }, { operation: 'messageThreads/add' })
  await guests.say('ben', 'hello')
  await fixture.arrived(3)
  // Given up while nobody knows what became of it, and erased.
  mews.fail({ kind: 'reset', applied: true }, { operation: 'messages/add', times: 1 })
  mews.refuseReads(fixture.thread(0))
  await guests.say('anna', 'three')
  await fixture.pass(minute)
  const { admin } = fixture.store as OpenStore
  await admin.erasure.erase('lobby:anna')
  mews.refuseReads(fixture.thread(0), false)
  await admin.erasure.erase('lobby:ben')
  await pass(3 * hour)
  expect(told()).toEqual([])
  await fixture.backUp()
  await guests.say('ben', 'about tomorrow')
  await guests.say('cleo', 'hello')
  await fixture.until(() => expect(fixture.threads()).toHaveLength(3))
  await pass(hour)
  await fixture.putBack()
  await pass(3 * hour)
  expect(told()).toEqual([])
  // From then on others are noticed as ever.
  await writeAsAnother(mews, { threadId: fixture.thread(0), texts: ['four'] })
  await pass(2 * hour)
  expect(told()).toMatchObject([{ turns: 1, threads: 0 }])
})

test('what was there before the first look is nobody else’s', async () => {
  fixture = await createFakePlatform()
  await writeAsAnother(fixture.mews, { subject: `old (ref ${reference})`, texts: ['old'] })
  await pass(3 * hour)
  expect(told()).toEqual([])
})

test('asks for the threads that were opened once an hour only, however often it starts', async () => {
  const { mews } = await begin()
  // Threads in which guests wait are asked for by their ids.
  const asked = (): number =>
    fixture.callsOf('messageThreads/getAll').filter(({ body }) => body.includes('CreatedUtc')).length
  for (let start = 0; start < 5; start += 1) await fixture.restart([{ name: 'Grand Hotel' }])
  await fixture.pass(minute)
  const before = asked()
  await pass(3 * hour)
  expect(asked() - before).toBe(3)
  expect(mews.threads()).toHaveLength(1)
})
