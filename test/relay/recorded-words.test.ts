import { afterEach, beforeEach, expect, test } from 'vitest'
import { createWording } from '../../src/relay/wording.ts'
import { minute } from '../fakes/clock.ts'
import { createCrashesAfter } from './support/crash-after.ts'
import { createFakePlatform, type FakePlatform } from './support/fake-platform.ts'

/** The hotel's language, for the next start. */
let language = 'en'
let fixture: FakePlatform
let kill: () => void
beforeEach(async () => {
  language = 'en'
  const crashes = createCrashesAfter()
  kill = crashes.kill
  const { createCrash } = crashes
  fixture = await createFakePlatform({ createCrash, wording: () => createWording({ language }) })
})
afterEach(() => fixture.close())

/** The process dies, and the next one has all its words in another language. */
const reviveInFrench = async (): Promise<void> => {
  kill()
  language = 'fr'
  await fixture.revive()
  await fixture.pass(5 * minute)
}

const answerLost = { kind: 'hang', applied: true } as const

test('what was being added to a thread is looked up in the words in which it was sent', async () => {
  const { mews, guests } = fixture
  await guests.say('anna', 'one', { message: 'm1' })
  await fixture.arrived(1)
  mews.fail(answerLost, { operation: 'messages/add' })
  await guests.say('anna', 'One!', { kind: 'edit', message: 'm1' })
  await fixture.arrived(2)
  const [before] = fixture.threads()
  await reviveInFrench()
  expect(fixture.threads()).toEqual([before])
  await guests.say('anna', 'One, please!', { kind: 'edit', message: 'm1' })
  await fixture.arrived(3)
  const [first, second] =
    fixture
      .threads()[0]
      ?.slice(1)
      .map((text) => text.replace(/One.*$/s, '')) ?? []
  expect(first).not.toEqual(second)
})

test('a thread that was being opened is found by its reference, and keeps its subject', async () => {
  const { mews, guests } = fixture
  mews.fail(answerLost, { operation: 'messageThreads/add' })
  await guests.say('anna', 'one')
  await fixture.until(() => expect(mews.threads()).toHaveLength(1))
  const [before] = mews.threads()
  await reviveInFrench()
  expect(mews.threads().map(({ subject }) => subject)).toEqual([before?.subject])
  expect(fixture.threads()).toEqual([['one']])
})

test('an answer of the connector that was on its way is not given once more in other words', async () => {
  const { guests } = fixture
  await fixture.begin()
  guests.fail('anna', { outcome: { outcome: 'unknown', reason: 'no answer' }, applied: true })
  await guests.say('anna', '', { command: 'help' })
  await fixture.until(() => expect(guests.heard('anna')).toHaveLength(1))
  const before = guests.heard('anna')
  await reviveInFrench()
  expect(guests.heard('anna')).toEqual(before)
  await guests.say('anna', '', { command: 'help' })
  await fixture.until(() => expect(guests.heard('anna')).toHaveLength(2))
  expect(guests.heard('anna')[1]).not.toEqual(before[0])
})

test('a notice to the staff that was on its way is not given once more in other words', async () => {
  const { mews, guests } = fixture
  await fixture.begin()
  guests.fail('anna', { outcome: { outcome: 'rejected', reason: 'the guest has left' } })
  mews.fail(answerLost, { operation: 'messages/add' })
  mews.reply(fixture.thread(0), 'answer')
  await fixture.arrived(3)
  const [before] = fixture.threads()
  await reviveInFrench()
  expect(fixture.threads()).toEqual([before])
})
