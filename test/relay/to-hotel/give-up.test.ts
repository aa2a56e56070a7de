import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { PassingError } from '../../../src/port.ts'
import { hour, minute } from '../../fakes/clock.ts'
import { createCrashAfterWith, createCrashesAfter } from '../support/crash-after.ts'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'

let fixture: FakePlatform
beforeEach(async () => {
  fixture = await createFakePlatform({ confirms: false, times: { giveUpMs: 2 * hour } })
})
afterEach(() => fixture.close())

/** The lanes that were settled, in order. */
const settled = (): readonly unknown[] =>
  fixture.lines.flatMap(({ message, fields }) => (message === 'turns settled' ? [fields['lane']] : []))

const aLongTime = (): Promise<void> => fixture.pass(2.2 * hour, minute)

const refused = { kind: 'answer', applied: false, answer: { status: 401, body: {} } } as const
const lost = { kind: 'reset', applied: false } as const
const limited = { kind: 'answer', applied: false, answer: { status: 429, body: {} } } as const

const wasNot = (text: string): string =>
  `⚠️ Your message was not delivered to the hotel: “${text}”. Please send it again or contact the hotel another way.`
const unread =
  '⚠️ One of your messages was not delivered to the hotel. Please send it again or contact the hotel another way.'
const mayNot = (text: string): string =>
  `⚠️ Your message may not have been delivered to the hotel: “${text}”. If it matters, please contact the hotel another way.`

describe('a turn that cannot be delivered for too long', () => {
  test('ends as failed, and the guest is told once that it was not delivered', async () => {
    await fixture.begin()
    fixture.mews.fail(refused, { times: 10_000 })
    await fixture.guests.say('anna', 'two')
    await aLongTime()
    await fixture.until(() => expect(fixture.guests.heard('anna')).toEqual([wasNot('two')]))
    expect(fixture.failed()).toMatchObject([{ lane: 'turn:lobby:anna', pos: 2 }])
    expect(fixture.failed()[0]?.reason).toContain('was not authorised')
    await aLongTime()
    expect(fixture.guests.heard('anna')).toHaveLength(1)
  })

  test('may have been delivered where nobody could say: the guest is told so', async () => {
    await fixture.begin()
    fixture.mews.fail(lost, { times: 10_000 })
    await fixture.guests.say('anna', 'two')
    await aLongTime()
    await fixture.until(() => expect(fixture.guests.heard('anna')).toEqual([mayNot('two')]))
  })

  test('is told of once, however many parts it has', async () => {
    await fixture.begin()
    fixture.mews.fail(refused, { times: 10_000 })
    await fixture.guests.say('anna', 'two '.repeat(3_000))
    await aLongTime()
    await fixture.until(() => expect(fixture.failed()).toHaveLength(3))
    await fixture.pass(minute)
    expect(fixture.guests.heard('anna').join(' ')).toMatch(/^⚠️ Your message was not delivered[^⚠]+$/u)
  })

  test.each(['in a thread', 'without a thread'])(
    'ends as failed when Mews only ever says that there were too many requests, %s',
    async (where) => {
      if (where === 'in a thread') await fixture.begin()
      fixture.mews.fail(limited, { times: 10_000 })
      await fixture.guests.say('anna', 'two')
      await fixture.pass(1.5 * hour, minute)
      expect(fixture.guests.heard('anna')).toEqual([])
      await fixture.pass(hour, minute)
      await fixture.until(() => expect(fixture.guests.heard('anna')).toEqual([wasNot('two')]))
      expect(fixture.failed()[0]?.reason).toContain('met the request limit')
    },
  )

  test('ends as failed in a conversation without a thread, too', async () => {
    fixture.mews.fail(refused, { times: 10_000 })
    await fixture.guests.say('anna', 'one')
    await aLongTime()
    await fixture.until(() => expect(fixture.guests.heard('anna')).toEqual([wasNot('one')]))
    fixture.mews.heal()
    await fixture.guests.say('anna', 'two')
    await fixture.until(() => expect(fixture.threads()).toEqual([['two']]))
  })

  test.each(['in a thread', 'without a thread'])('takes no younger one with it, %s', async (where) => {
    if (where === 'in a thread') await fixture.begin()
    const before = fixture.threads().flat()
    fixture.mews.fail(refused, { times: 10_000 })
    await fixture.guests.say('carl', 'old')
    await fixture.until(() => expect(fixture.gate.state().failingSince).not.toBe(null))
    const old = fixture.guests.say('anna', 'old')
    fixture.clock.step(1.5 * hour)
    // Recorded together, so that one run holds both.
    await Promise.all([old, fixture.guests.say('anna', 'young'), fixture.guests.say('ben', 'newcomer')])
    await fixture.pass(hour, minute)
    const told = ['anna', 'ben', 'carl'].map((guest) => fixture.guests.heard(guest))
    expect(told).toEqual([[wasNot('old')], [], [wasNot('old')]])
    expect(settled()).not.toContain('turn:lobby:ben')
    fixture.mews.heal()
    await fixture.arrived(before.length + 2)
    expect(fixture.threads().flat().toSorted()).toEqual([...before, 'newcomer', 'young'].toSorted())
  })
})

test('a turn whose thread takes nothing more takes no younger one with it when no other can be opened', async () => {
  await fixture.begin()
  fixture.mews.switches.resolvedThreads = 'refused'
  fixture.mews.resolve(fixture.thread(0))
  fixture.mews.fail(refused, { times: 10_000, operation: 'messageThreads/add' })
  await fixture.guests.say('carl', 'old')
  await fixture.until(() => expect(fixture.gate.state().failingSince).not.toBe(null))
  const old = fixture.guests.say('anna', 'old')
  fixture.clock.step(1.5 * hour)
  await Promise.all([old, fixture.guests.say('anna', 'young')])
  await fixture.pass(hour, minute)
  await fixture.until(() => expect(fixture.guests.heard('anna')).toEqual([wasNot('old')]))
  fixture.mews.heal()
  await fixture.until(() => expect(fixture.threads()).toContainEqual(['young']))
  expect(fixture.guests.heard('anna')).toEqual([wasNot('old')])
})

test('a turn that cannot be read for too long ends as failed, and the guest is told', async () => {
  await fixture.close()
  let away = false
  const createCrash = () =>
    createCrashAfterWith((adapter) => ({
      ...adapter,
      read: async (payload, signal) => {
        if (away) throw new PassingError('The lobby is away.')
        return adapter.read(payload, signal)
      },
    }))
  fixture = await createFakePlatform({ createCrash, times: { giveUpMs: 2 * hour } })
  await fixture.begin()
  away = true
  await fixture.guests.say('anna', 'two')
  await fixture.pass(1.5 * hour, minute)
  expect(fixture.guests.heard('anna')).toEqual([])
  await aLongTime()
  expect(fixture.guests.heard('anna')).toEqual([unread])
  expect(fixture.failed()).toMatchObject([{ lane: 'turn:lobby:anna', pos: 2 }])
  expect(fixture.failed()[0]?.reason).toContain('could not be read')
  away = false
  await fixture.guests.say('anna', 'three')
  await fixture.until(() => expect(fixture.threads()).toEqual([['one', 'three']]))
})

describe('what waited for too long while the connector was stopped', () => {
  test('is tried before it is given up', async () => {
    await fixture.begin()
    const thread = fixture.thread(0)
    fixture.mews.fail(refused, { times: 2, operation: 'messages/add' })
    fixture.guests.fail('anna', { outcome: { outcome: 'retry', reason: 'busy', afterMs: minute } }, 3)
    await fixture.guests.say('anna', 'two')
    fixture.mews.reply(thread, 'answer')
    await fixture.until(() => expect(fixture.gate.state().failingSince).not.toBe(null))
    await fixture.until(() => expect(fixture.guests.attempts('anna')).toBe(3))
    fixture.clock.step(3 * hour)
    await fixture.until(() => expect(fixture.threads()).toEqual([['one', 'answer', 'two']]))
    await fixture.until(() => expect(fixture.guests.heard('anna')).toEqual(['answer']))
    expect(fixture.failed()).toEqual([])
  })

  test('is not given up for one attempt that fails then', async () => {
    await fixture.close()
    const { createCrash, kill } = createCrashesAfter()
    fixture = await createFakePlatform({ createCrash, times: { giveUpMs: 2 * hour } })
    await fixture.begin()
    fixture.guests.fail('anna', 'hang')
    fixture.guests.fail('anna', { outcome: { outcome: 'retry', reason: 'busy', afterMs: minute } })
    fixture.mews.reply(fixture.thread(0), 'Welcome')
    await fixture.until(() => expect(fixture.guests.attempts('anna')).toBe(1))
    kill()
    fixture.clock.step(3 * hour)
    await fixture.revive()
    await fixture.until(() => expect(fixture.guests.heard('anna')).toEqual(['Welcome']))
    expect(fixture.failed()).toEqual([])
  })
})

describe('a reply that cannot be delivered for too long', () => {
  const away = /^Lobby could not be reached for 2 hours\. Please reach the guest another way\.$/
  const outcomes = {
    'was not': [{ outcome: 'retry', reason: 'The lobby is closed (LOBBY_404).', afterMs: 10 * minute }, away],
    'may not have been': [{ outcome: 'unknown', reason: 'The lobby did not answer.' }, away],
    'could not be': [
      { outcome: 'retry', reason: 'Check LOBBY_TOKEN.', afterMs: 10 * minute, kind: 'set-up' },
      /^Something has to be put right first, and your IT has been told\./,
    ],
  } as const

  test.each(Object.entries(outcomes))(
    'is told to the staff once, in the thread: it %s',
    async (words, [outcome, why]) => {
      await fixture.begin()
      fixture.guests.fail('anna', { outcome }, 10_000)
      fixture.mews.reply(fixture.thread(0), 'Welcome')
      await aLongTime()
      const verb = words === 'may not have been' ? words : 'was not'
      const told = `⚠️ This reply ${verb} delivered to the guest (Lobby): “Welcome”. `
      const thread = (): readonly string[] => fixture.threads()[0] ?? []
      await fixture.until(() => expect(thread()).toHaveLength(3))
      await aLongTime()
      expect(thread()).toEqual(['one', 'Welcome', expect.stringContaining(told)])
      expect(thread()[2]?.slice(told.length)).toMatch(why)
      expect(fixture.failed()).toMatchObject([{ lane: 'reply:lobby:anna', reason: outcome.reason }])
    },
  )
})

describe('a reply that the platform refuses', () => {
  const gone = { outcome: { outcome: 'rejected', reason: 'The conversation is gone.' } } as const

  test('is told to the staff at once: it was not delivered', async () => {
    await fixture.begin()
    fixture.guests.fail('anna', gone)
    fixture.mews.reply(fixture.thread(0), 'Welcome')
    fixture.mews.reply(fixture.thread(0), 'Are you there?')
    await fixture.until(() =>
      expect(fixture.threads()[0]?.at(-1)).toBe(
        '⚠️ This reply was not delivered to the guest (Lobby): “Welcome”. Please reach the guest another way; your IT has been told.',
      ),
    )
    await fixture.until(() => expect(fixture.guests.heard('anna')).toEqual(['Are you there?']))
  })

  test('is told to the staff without an empty quotation where it has no text', async () => {
    await fixture.begin()
    fixture.guests.fail('anna', gone)
    fixture.mews.reply(fixture.thread(0), '')
    await fixture.until(() =>
      expect(fixture.threads()[0]?.at(-1)).toBe(
        '⚠️ This reply was not delivered to the guest (Lobby): “(no text)”. Please reach the guest another way; your IT has been told.',
      ),
    )
  })

  test('after an attempt that may have arrived, may have arrived', async () => {
    await fixture.begin()
    fixture.guests.fail('anna', { outcome: { outcome: 'unknown', reason: 'No answer.' } })
    fixture.guests.fail('anna', gone)
    fixture.mews.reply(fixture.thread(0), 'Welcome')
    await fixture.until(() =>
      expect(fixture.threads()[0]?.at(-1)).toMatch(/^⚠️ This reply may not have been delivered to the guest/),
    )
  })
})

describe('a reply in several parts, when only some arrived', () => {
  const first = 'first '.repeat(30).trim()
  const second = 'second '.repeat(25).trim()
  const third = 'third '.repeat(30).trim()
  const noAnswer = { outcome: { outcome: 'unknown', reason: 'No answer.' }, applied: true } as const
  const gone = { outcome: { outcome: 'rejected', reason: 'The conversation is gone.' } } as const

  test('is told to the staff by what was not delivered', async () => {
    await fixture.begin()
    fixture.guests.fail('anna', 'none')
    fixture.guests.fail('anna', gone)
    fixture.mews.reply(fixture.thread(0), [first, second, third].join('\n\n'))
    await fixture.until(() =>
      expect(fixture.threads()[0]?.at(-1)).toMatch(/^⚠️ This reply was not delivered to the guest.*“second/u),
    )
    expect(fixture.guests.heard('anna')).toEqual([first])
  })

  test('may not have been delivered where nobody could say', async () => {
    await fixture.begin()
    fixture.guests.fail('anna', 'none')
    fixture.guests.fail('anna', noAnswer)
    fixture.guests.fail('anna', gone)
    fixture.mews.reply(fixture.thread(0), [first, second, third].join('\n\n'))
    await fixture.until(() =>
      expect(fixture.threads()[0]?.at(-1)).toMatch(/^⚠️ This reply may not have been delivered.*“second/u),
    )
  })
})

test('two sides that both fail do not tell each other of it for ever', async () => {
  await fixture.begin()
  fixture.mews.switches.poison = () => true
  fixture.guests.fail('anna', { outcome: { outcome: 'rejected', reason: 'gone' } }, 10_000)
  await fixture.guests.say('anna', 'two')
  fixture.mews.reply(fixture.thread(0), 'Welcome')
  await fixture.until(() => expect(fixture.failed()).toHaveLength(4))
  await fixture.pass(2 * hour, minute)
  expect(fixture.failed()).toHaveLength(4)
  expect(fixture.deliveries()).toHaveLength(5)
})
