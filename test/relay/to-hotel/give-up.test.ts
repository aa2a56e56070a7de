import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { PassingError } from '../../../src/port.ts'
import { hour, minute } from '../../fakes/clock.ts'
import { createCrashAfterWith, createCrashesAfter } from '../support/crash-after.ts'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'

let lobby: FakePlatform
beforeEach(async () => {
  lobby = await createFakePlatform({ confirms: false, times: { giveUpMs: 2 * hour } })
})
afterEach(() => lobby.close())

const begin = async (): Promise<void> => {
  await lobby.guests.say('anna', 'one')
  await lobby.until(() => expect(lobby.threads()).toEqual([['one']]))
}

const failed = () => lobby.deliveries().filter(({ state }) => state === 'failed')

/** The lanes that were settled, in order. */
const settled = (): readonly unknown[] =>
  lobby.lines.flatMap(({ message, fields }) => (message === 'turns settled' ? [fields['lane']] : []))

const aLongTime = (): Promise<void> => lobby.pass(2.2 * hour, minute)

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
    await begin()
    lobby.mews.fail(refused, { times: 10_000 })
    await lobby.guests.say('anna', 'two')
    await aLongTime()
    await lobby.until(() => expect(lobby.guests.heard('anna')).toEqual([wasNot('two')]))
    expect(failed()).toMatchObject([{ lane: 'turn:lobby:anna', pos: 2 }])
    expect(failed()[0]?.reason).toContain('was not authorised')
    await aLongTime()
    expect(lobby.guests.heard('anna')).toHaveLength(1)
  })

  test('may have been delivered where nobody could say: the guest is told so', async () => {
    await begin()
    lobby.mews.fail(lost, { times: 10_000 })
    await lobby.guests.say('anna', 'two')
    await aLongTime()
    await lobby.until(() => expect(lobby.guests.heard('anna')).toEqual([mayNot('two')]))
  })

  test('is told of once, however many parts it has', async () => {
    await begin()
    lobby.mews.fail(refused, { times: 10_000 })
    await lobby.guests.say('anna', 'two '.repeat(3_000))
    await aLongTime()
    await lobby.until(() => expect(failed()).toHaveLength(3))
    await lobby.pass(minute)
    expect(lobby.guests.heard('anna').join(' ')).toMatch(/^⚠️ Your message was not delivered[^⚠]+$/u)
  })

  test.each(['in a thread', 'without a thread'])(
    'ends as failed when Mews only ever says that there were too many requests, %s',
    async (where) => {
      if (where === 'in a thread') await begin()
      lobby.mews.fail(limited, { times: 10_000 })
      await lobby.guests.say('anna', 'two')
      await lobby.pass(1.5 * hour, minute)
      expect(lobby.guests.heard('anna')).toEqual([])
      await lobby.pass(hour, minute)
      await lobby.until(() => expect(lobby.guests.heard('anna')).toEqual([wasNot('two')]))
      expect(failed()[0]?.reason).toContain('met the request limit')
    },
  )

  test('ends as failed in a conversation without a thread, too', async () => {
    lobby.mews.fail(refused, { times: 10_000 })
    await lobby.guests.say('anna', 'one')
    await aLongTime()
    await lobby.until(() => expect(lobby.guests.heard('anna')).toEqual([wasNot('one')]))
    lobby.mews.heal()
    await lobby.guests.say('anna', 'two')
    await lobby.until(() => expect(lobby.threads()).toEqual([['two']]))
  })

  test.each(['in a thread', 'without a thread'])('takes no younger one with it, %s', async (where) => {
    if (where === 'in a thread') await begin()
    const before = lobby.threads().flat()
    lobby.mews.fail(refused, { times: 10_000 })
    await lobby.guests.say('carl', 'old')
    await lobby.until(() => expect(lobby.gate.state().failingSince).not.toBe(null))
    const old = lobby.guests.say('anna', 'old')
    lobby.clock.step(1.5 * hour)
    // Recorded together, so that one run holds both.
    await Promise.all([old, lobby.guests.say('anna', 'young'), lobby.guests.say('ben', 'newcomer')])
    await lobby.pass(hour, minute)
    const told = ['anna', 'ben', 'carl'].map((guest) => lobby.guests.heard(guest))
    expect(told).toEqual([[wasNot('old')], [], [wasNot('old')]])
    expect(settled()).not.toContain('turn:lobby:ben')
    lobby.mews.heal()
    await lobby.arrived(before.length + 2)
    expect(lobby.threads().flat().toSorted()).toEqual([...before, 'newcomer', 'young'].toSorted())
  })
})

test('a turn whose thread takes nothing more takes no younger one with it when no other can be opened', async () => {
  await begin()
  lobby.mews.switches.resolvedThreads = 'refused'
  lobby.mews.resolve(lobby.thread(0))
  lobby.mews.fail(refused, { times: 10_000, operation: 'messageThreads/add' })
  await lobby.guests.say('carl', 'old')
  await lobby.until(() => expect(lobby.gate.state().failingSince).not.toBe(null))
  const old = lobby.guests.say('anna', 'old')
  lobby.clock.step(1.5 * hour)
  await Promise.all([old, lobby.guests.say('anna', 'young')])
  await lobby.pass(hour, minute)
  await lobby.until(() => expect(lobby.guests.heard('anna')).toEqual([wasNot('old')]))
  lobby.mews.heal()
  await lobby.until(() => expect(lobby.threads()).toContainEqual(['young']))
  expect(lobby.guests.heard('anna')).toEqual([wasNot('old')])
})

test('a turn that cannot be read for too long ends as failed, and the guest is told', async () => {
  await lobby.close()
  let away = false
  const live = () =>
    createCrashAfterWith((adapter) => ({
      ...adapter,
      read: async (payload, signal) => {
        if (away) throw new PassingError('The lobby is away.')
        return adapter.read(payload, signal)
      },
    }))
  lobby = await createFakePlatform({ live, times: { giveUpMs: 2 * hour } })
  await begin()
  away = true
  await lobby.guests.say('anna', 'two')
  await lobby.pass(1.5 * hour, minute)
  expect(lobby.guests.heard('anna')).toEqual([])
  await aLongTime()
  expect(lobby.guests.heard('anna')).toEqual([unread])
  expect(failed()).toMatchObject([{ lane: 'turn:lobby:anna', pos: 2 }])
  expect(failed()[0]?.reason).toContain('could not be read')
  away = false
  await lobby.guests.say('anna', 'three')
  await lobby.until(() => expect(lobby.threads()).toEqual([['one', 'three']]))
})

describe('what waited for too long while the connector was stopped', () => {
  test('is tried before it is given up', async () => {
    await begin()
    const thread = lobby.thread(0)
    lobby.mews.fail(refused, { times: 2, operation: 'messages/add' })
    lobby.guests.fail('anna', { outcome: { outcome: 'retry', reason: 'busy', afterMs: minute } }, 3)
    await lobby.guests.say('anna', 'two')
    lobby.mews.reply(thread, 'answer')
    await lobby.until(() => expect(lobby.gate.state().failingSince).not.toBe(null))
    await lobby.until(() => expect(lobby.guests.attempts('anna')).toBe(3))
    lobby.clock.step(3 * hour)
    await lobby.until(() => expect(lobby.threads()).toEqual([['one', 'answer', 'two']]))
    await lobby.until(() => expect(lobby.guests.heard('anna')).toEqual(['answer']))
    expect(failed()).toEqual([])
  })

  test('is not given up for one attempt that fails then', async () => {
    await lobby.close()
    const { live, kill } = createCrashesAfter()
    lobby = await createFakePlatform({ live, times: { giveUpMs: 2 * hour } })
    await begin()
    lobby.guests.fail('anna', 'hang')
    lobby.guests.fail('anna', { outcome: { outcome: 'retry', reason: 'busy', afterMs: minute } })
    lobby.mews.reply(lobby.thread(0), 'Welcome')
    await lobby.until(() => expect(lobby.guests.attempts('anna')).toBe(1))
    kill()
    lobby.clock.step(3 * hour)
    await lobby.revive()
    await lobby.until(() => expect(lobby.guests.heard('anna')).toEqual(['Welcome']))
    expect(failed()).toEqual([])
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
      await begin()
      lobby.guests.fail('anna', { outcome }, 10_000)
      lobby.mews.reply(lobby.thread(0), 'Welcome')
      await aLongTime()
      const verb = words === 'may not have been' ? words : 'was not'
      const told = `⚠️ This reply ${verb} delivered to the guest (Lobby): “Welcome”. `
      const thread = (): readonly string[] => lobby.threads()[0] ?? []
      await lobby.until(() => expect(thread()).toHaveLength(3))
      await aLongTime()
      expect(thread()).toEqual(['one', 'Welcome', expect.stringContaining(told)])
      expect(thread()[2]?.slice(told.length)).toMatch(why)
      expect(failed()).toMatchObject([{ lane: 'reply:lobby:anna', reason: outcome.reason }])
    },
  )
})

describe('a reply that the platform refuses', () => {
  const gone = { outcome: { outcome: 'rejected', reason: 'The conversation is gone.' } } as const

  test('is told to the staff at once: it was not delivered', async () => {
    await begin()
    lobby.guests.fail('anna', gone)
    lobby.mews.reply(lobby.thread(0), 'Welcome')
    lobby.mews.reply(lobby.thread(0), 'Are you there?')
    await lobby.until(() =>
      expect(lobby.threads()[0]?.at(-1)).toBe(
        '⚠️ This reply was not delivered to the guest (Lobby): “Welcome”. Please reach the guest another way; your IT has been told.',
      ),
    )
    await lobby.until(() => expect(lobby.guests.heard('anna')).toEqual(['Are you there?']))
  })

  test('is told to the staff without an empty quotation where it has no text', async () => {
    await begin()
    lobby.guests.fail('anna', gone)
    lobby.mews.reply(lobby.thread(0), '')
    await lobby.until(() =>
      expect(lobby.threads()[0]?.at(-1)).toBe(
        '⚠️ This reply was not delivered to the guest (Lobby): “(no text)”. Please reach the guest another way; your IT has been told.',
      ),
    )
  })

  test('after an attempt that may have arrived, may have arrived', async () => {
    await begin()
    lobby.guests.fail('anna', { outcome: { outcome: 'unknown', reason: 'No answer.' } })
    lobby.guests.fail('anna', gone)
    lobby.mews.reply(lobby.thread(0), 'Welcome')
    await lobby.until(() =>
      expect(lobby.threads()[0]?.at(-1)).toMatch(/^⚠️ This reply may not have been delivered to the guest/),
    )
  })
})

describe('a reply of several parts of which some arrived', () => {
  const first = 'first '.repeat(30).trim()
  const second = 'second '.repeat(25).trim()
  const third = 'third '.repeat(30).trim()
  const noAnswer = { outcome: { outcome: 'unknown', reason: 'No answer.' }, applied: true } as const
  const gone = { outcome: { outcome: 'rejected', reason: 'The conversation is gone.' } } as const

  test('is told to the staff by what was not delivered', async () => {
    await begin()
    lobby.guests.fail('anna', 'none')
    lobby.guests.fail('anna', gone)
    lobby.mews.reply(lobby.thread(0), [first, second, third].join('\n\n'))
    await lobby.until(() =>
      expect(lobby.threads()[0]?.at(-1)).toMatch(/^⚠️ This reply was not delivered to the guest.*“second/u),
    )
    expect(lobby.guests.heard('anna')).toEqual([first])
  })

  test('may not have been delivered where nobody could say', async () => {
    await begin()
    lobby.guests.fail('anna', 'none')
    lobby.guests.fail('anna', noAnswer)
    lobby.guests.fail('anna', gone)
    lobby.mews.reply(lobby.thread(0), [first, second, third].join('\n\n'))
    await lobby.until(() =>
      expect(lobby.threads()[0]?.at(-1)).toMatch(/^⚠️ This reply may not have been delivered.*“second/u),
    )
  })
})

test('two sides that both fail do not tell each other of it for ever', async () => {
  await begin()
  lobby.mews.switches.poison = () => true
  lobby.guests.fail('anna', { outcome: { outcome: 'rejected', reason: 'gone' } }, 10_000)
  await lobby.guests.say('anna', 'two')
  lobby.mews.reply(lobby.thread(0), 'Welcome')
  await lobby.until(() => expect(failed()).toHaveLength(4))
  await lobby.pass(2 * hour, minute)
  expect(failed()).toHaveLength(4)
  expect(lobby.deliveries()).toHaveLength(5)
})
