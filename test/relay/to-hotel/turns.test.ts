import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { minute } from '../../fakes/clock.ts'
import type { Said } from '../support/guests.ts'
import { createCrashAfterWith } from '../support/crash-after.ts'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'

let fixture: FakePlatform
beforeEach(async () => {
  fixture = await createFakePlatform()
})
afterEach(() => fixture.close())

/** What the hotel reads when a guest says hello and then this. */
const reads = async (text: string, said: Said): Promise<readonly (readonly string[])[]> => {
  await fixture.guests.say('anna', 'Hello')
  await fixture.guests.say('anna', text, said)
  await fixture.arrived(2)
  return fixture.threads()
}

describe('the hotel reads', () => {
  test('edits and deletions as such', async () => {
    expect(await reads('at 11', { kind: 'edit' })).toEqual([['Hello', '✏️ Edited: at 11']])
    await fixture.guests.say('anna', 'at 11', { kind: 'deletion' })
    await fixture.guests.say('anna', '', { kind: 'deletion' })
    await fixture.until(() =>
      expect(fixture.threads()[0]?.slice(2)).toEqual(['🗑️ Deleted: at 11', '🗑️ A message was deleted']),
    )
  })

  test('attachments as a line each, below the words', async () => {
    const attachments = [
      { name: 'passport.pdf', size: 120_400, url: 'https://files.example/1' },
      { name: 'photo.jpg' },
    ]
    const lines = '📎 passport.pdf (120 kB) https://files.example/1\n📎 photo.jpg'
    expect(await reads('Here:', { attachments })).toEqual([['Hello', `Here:\n${lines}`]])
    await fixture.guests.say('anna', '', { attachments })
    await fixture.until(() => expect(fixture.threads()[0]?.at(-1)).toBe(lines))
  })

  test('the name of anybody but the first speaker', async () => {
    expect(await reads('Me too', { by: 'Ben' })).toEqual([['Hello', 'Ben: Me too']])
    await fixture.guests.say('anna', 'at 12', { by: 'Ben', kind: 'edit' })
    await fixture.guests.say('anna', 'Thanks')
    await fixture.until(() =>
      expect(fixture.threads()[0]?.slice(2)).toEqual(['Ben: ✏️ Edited: at 12', 'Thanks']),
    )
  })

  test('long texts in parts, in order, and whole', async () => {
    const words = Array.from({ length: 2_000 }, (_, number) => `word${number}`)
    await fixture.guests.say('anna', words.join(' '))
    await fixture.guests.say('anna', 'That is all')
    await fixture.until(() => expect(fixture.threads()[0]?.at(-1)).toBe('That is all'))
    const parts = fixture.threads()[0]?.slice(0, -1) ?? []
    expect(parts.join(' ')).toBe(words.join(' '))
    expect(Math.max(...parts.map(({ length }) => length))).toBeLessThanOrEqual(4_000)
    expect(parts.length).toBeGreaterThan(3)
  })

  test('who writes and how it begins, in a new thread’s sender and subject', async () => {
    await fixture.guests.say('anna', `First line ${'x'.repeat(300)}\nsecond line`, { by: 'Anna Alba' })
    await fixture.until(() => expect(fixture.threads()).toHaveLength(1))
    const [thread] = fixture.mews.threads()
    expect(thread?.originalSender).toBe('Anna Alba')
    expect(thread?.subject).toMatch(/^First line.*… \(Lobby, ref [0-9A-Z]{10}\)$/)
    expect(thread?.subject.length).toBeLessThanOrEqual(255)
  })
})

test('what only counts in a bridged conversation opens no thread, and is forwarded once there is one', async () => {
  const { guests } = fixture
  await guests.say('anna', 'chatter', { onlyInBridged: true })
  await fixture.pass(minute)
  expect(fixture.threads()).toEqual([])
  await guests.say('anna', 'Hello hotel')
  await guests.say('anna', 'more chatter', { onlyInBridged: true })
  await fixture.until(() => expect(fixture.threads()).toEqual([['Hello hotel', 'more chatter']]))
})

test('events that carry nothing are passed over', async () => {
  const { guests } = fixture
  await guests.say('anna', '', { empty: true })
  await guests.say('anna', '   ')
  await guests.say('anna', 'Hello')
  await guests.say('anna', '', { empty: true })
  await fixture.until(() => expect(fixture.threads()).toEqual([['Hello']]))
  await fixture.pass(minute)
  const waiting = await fixture.store.log.claim({ group: 'turn:Grand Hotel', limit: 10, leaseMs: 1 })
  expect(waiting).toEqual([])
})

test('long replies arrive in parts, and after a failure only the missing ones are sent', async () => {
  const { guests, mews } = fixture
  await guests.say('anna', 'Hello')
  await fixture.until(() => expect(fixture.threads()).toEqual([['Hello']]))
  const [first, second, third] = ['a', 'b', 'c'].map((letter) => letter.repeat(190))
  mews.reply(fixture.thread(0), `${first} ${second} ${third}`)
  await fixture.until(() => expect(guests.heard('anna')).toEqual([first, second, third]))
  guests.fail('anna', { outcome: { outcome: 'unknown', reason: 'reset' } })
  mews.reply(fixture.thread(0), `${third} ${second} ${first}`)
  await fixture.until(() => expect(guests.heard('anna').slice(3)).toEqual([third, second, first]))
})

test('an event whose reading takes long delays no other conversation', async () => {
  await fixture.close()
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>()
  const createCrash = () =>
    createCrashAfterWith((adapter) => ({
      ...adapter,
      read: async (payload, signal) => {
        if (payload.includes('"conversation":"anna"')) await answered
        return adapter.read(payload, signal)
      },
    }))
  fixture = await createFakePlatform({ createCrash })
  await Promise.all([fixture.guests.say('anna', 'one'), fixture.guests.say('ben', 'hello')])
  await fixture.until(() => expect(fixture.threads()).toEqual([['hello']]))
  answer()
  await fixture.until(() => expect(fixture.threads()).toEqual([['hello'], ['one']]))
})

describe('an event that cannot be read', () => {
  test('is tried again, and then goes on its way', async () => {
    expect(await reads('two', { unreadable: 2 })).toEqual([['Hello', 'two']])
  })

  test('for good fails visibly, and the conversation goes on', async () => {
    await fixture.guests.say('anna', 'one')
    await fixture.guests.say('anna', 'two', { unreadable: 1_000 })
    await fixture.guests.say('anna', 'three')
    await fixture.guests.say('ben', 'hello')
    await fixture.until(() => expect(fixture.threads().flat().toSorted()).toEqual(['hello', 'one', 'three']))
    const failed = fixture.deliveries().filter(({ state }) => state === 'failed')
    expect(failed).toMatchObject([{ lane: 'turn:lobby:anna', pos: 2 }])
    expect(failed[0]?.reason).toContain('could not be read')
    await fixture.until(() => expect(fixture.guests.heard('anna')).toHaveLength(1))
    await fixture.pass(5 * minute)
    expect(fixture.guests.heard('anna')).toEqual([
      '⚠️ One of your messages was not delivered to the hotel. Please send it again or contact the hotel another way.',
    ])
  })

  test('delays no other conversation', async () => {
    await fixture.guests.say('anna', 'one', { unreadable: 3 })
    await fixture.guests.say('ben', 'hello')
    await fixture.until(() => expect(fixture.threads()).toEqual([['hello']]))
    await fixture.until(() => expect(fixture.threads()).toEqual([['hello'], ['one']]))
  })
})
