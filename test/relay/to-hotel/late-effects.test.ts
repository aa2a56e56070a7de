import { afterEach, beforeEach, expect, test } from 'vitest'
import type { MewsOperation } from '../../../src/sandbox/mews/requests.ts'
import { minute } from '../../fakes/clock.ts'
import { createCrashesAfter } from '../support/crash-after.ts'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'

let fixture: FakePlatform
beforeEach(async () => {
  fixture = await createFakePlatform()
})
afterEach(() => fixture.close())

const cutOff = { kind: 'reset', applied: false } as const

const callsOf = (operation: MewsOperation) => fixture.calls.filter((call) => call.operation === operation)

const request = async (operation: MewsOperation, body: string): Promise<void> => {
  await fetch(`${fixture.mews.url}/api/connector/v1/${operation}`, { method: 'POST', body })
}

/** The last request of the operation takes effect after all. */
const takeEffect = (operation: MewsOperation): Promise<void> =>
  request(operation, callsOf(operation).at(-1)?.body ?? '')

test('a message that is added after the first look for it is not added twice', async () => {
  const { mews, guests, lines } = fixture
  await guests.say('anna', 'one')
  await fixture.arrived(1)
  mews.fail(cutOff, { operation: 'messages/add' })
  await guests.say('anna', 'two')
  await fixture.until(() =>
    expect(lines.map(({ message }) => message)).toContain('unknown outcomes looked up'),
  )
  await takeEffect('messages/add')
  await fixture.pass(minute)
  expect(fixture.threads()).toEqual([['one', 'two']])
  expect(fixture.deliveries().map(({ state }) => state)).toEqual(['sent', 'sent'])
})

test('a message that was being added when the process was killed is not added twice', async () => {
  await fixture.close()
  const { createCrash, kill } = createCrashesAfter()
  fixture = await createFakePlatform({ createCrash })
  const { mews, guests, lines } = fixture
  await guests.say('anna', 'one')
  await fixture.arrived(1)
  mews.fail({ kind: 'hang', applied: false }, { operation: 'messages/add' })
  await guests.say('anna', 'two')
  await fixture.until(() => expect(callsOf('messages/add')).toHaveLength(2))
  await fixture.pass(20_000)
  kill()
  await fixture.revive()
  await fixture.until(() =>
    expect(lines.map(({ message }) => message)).toContain('unknown outcomes looked up'),
  )
  await takeEffect('messages/add')
  await fixture.pass(minute)
  expect(fixture.threads()).toEqual([['one', 'two']])
})

test('of two equal messages of which one was added the other is sent: it does not take the first one’s place', async () => {
  await fixture.close()
  const { createCrash, kill } = createCrashesAfter()
  fixture = await createFakePlatform({ createCrash })
  const { mews, guests, lines } = fixture
  await guests.say('anna', 'one')
  await fixture.arrived(1)
  mews.fail({ kind: 'hang', applied: false }, { operation: 'messages/add' })
  await Promise.all([guests.say('anna', 'ok'), guests.say('anna', 'ok')])
  await fixture.until(() => expect(callsOf('messages/add')).toHaveLength(2))
  const body = JSON.parse(callsOf('messages/add').at(-1)?.body ?? '') as { Messages: readonly object[] }
  expect(body.Messages).toHaveLength(2)
  kill()
  await request('messages/add', JSON.stringify({ ...body, Messages: body.Messages.slice(0, 1) }))
  await fixture.revive()
  await fixture.until(() =>
    expect(lines.map(({ message }) => message)).toContain('unknown outcomes looked up'),
  )
  await fixture.pass(minute)
  expect(fixture.threads()).toEqual([['one', 'ok', 'ok']])
})

test('a thread that is opened after the first look for it is not opened twice', async () => {
  const { mews, guests } = fixture
  mews.fail(cutOff, { operation: 'messageThreads/add' })
  await guests.say('anna', 'one')
  await fixture.until(() => expect(callsOf('messageThreads/getAll')).toHaveLength(1))
  await takeEffect('messageThreads/add')
  await fixture.pass(minute)
  expect(fixture.threads()).toEqual([['one']])
})

test('a reply that is posted after the first look for it is not posted twice', async () => {
  const { mews, guests, lines } = fixture
  await guests.say('anna', 'one')
  await fixture.arrived(1)
  guests.fail('anna', { outcome: { outcome: 'unknown', reason: 'No answer.' }, applied: 'late' })
  mews.reply(fixture.thread(0), 'Welcome')
  await fixture.until(() =>
    expect(lines.map(({ fields }) => fields['reason'])).toContain('It may still appear.'),
  )
  guests.arriveLate()
  await fixture.pass(minute)
  expect(guests.heard('anna')).toEqual(['Welcome'])
  expect(guests.attempts('anna')).toBe(1)
})

test('a reply that was being posted when the process was killed is not posted twice', async () => {
  await fixture.close()
  const { createCrash, kill } = createCrashesAfter()
  fixture = await createFakePlatform({ createCrash })
  const { mews, guests } = fixture
  await guests.say('anna', 'one')
  await fixture.arrived(1)
  guests.fail('anna', 'late')
  mews.reply(fixture.thread(0), 'Welcome')
  await fixture.until(() => expect(guests.attempts('anna')).toBe(1))
  await fixture.pass(14_000)
  kill()
  await fixture.revive()
  await fixture.pass(5_000)
  guests.arriveLate()
  await fixture.pass(minute)
  expect(guests.heard('anna')).toEqual(['Welcome'])
  expect(guests.attempts('anna')).toBe(1)
})

test('a reply of a killed process that certainly did not arrive is posted again', async () => {
  await fixture.close()
  const { createCrash, kill } = createCrashesAfter()
  fixture = await createFakePlatform({ createCrash })
  const { mews, guests } = fixture
  await guests.say('anna', 'one')
  await fixture.arrived(1)
  guests.fail('anna', 'hang')
  mews.reply(fixture.thread(0), 'Welcome')
  await fixture.until(() => expect(guests.attempts('anna')).toBe(1))
  kill()
  await fixture.revive()
  await fixture.pass(9_000)
  expect(guests.attempts('anna')).toBe(1)
  await fixture.pass(5_000)
  expect(guests.heard('anna')).toEqual(['Welcome'])
  expect(guests.attempts('anna')).toBe(2)
})
