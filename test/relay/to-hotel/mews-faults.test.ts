import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { MewsOperation } from '../../../src/sandbox/mews/requests.ts'
import { createManualClock, minute } from '../../fakes/clock.ts'
import { faults, type FaultPlan } from '../support/faults.ts'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'

let fixture: FakePlatform
beforeEach(async () => {
  fixture = await createFakePlatform()
})
afterEach(() => fixture.close())

/** Lets the operation's next two calls meet the fault. */
const meet = async (fault: FaultPlan, operation: MewsOperation): Promise<void> => {
  const { mews } = fixture
  if (fault !== 'refused') return mews.fail(fault, { operation, times: 2 })
  await mews.pause()
  void fixture.pass(20_000).then(() => mews.resume())
}

/** Both guests write more than once, one of them the same words, and the hotel answers both. */
const converse = async (): Promise<void> => {
  const { guests, mews } = fixture
  await guests.say('anna', 'one')
  await guests.say('anna', 'two')
  await guests.say('ben', 'ok')
  await guests.say('ben', 'ok')
  await fixture.arrived(4)
  for (const { id } of mews.threads()) {
    const [first] = mews.messages(id)
    mews.reply(id, `first answer to ${first?.text}`)
    mews.reply(id, `second answer to ${first?.text}`)
  }
  await guests.say('anna', 'three')
}

/** What both sides have in the end. */
const admin = () => {
  const { guests, mews } = fixture
  const written = mews
    .threads()
    .map(({ id }) => mews.messages(id).flatMap(({ text, sender }) => (sender === 'Application' ? text : [])))
  return {
    threads: written.toSorted((one, other) => other.length - one.length),
    anna: guests.heard('anna'),
    ben: guests.heard('ben'),
    open: fixture.deliveries().filter(({ state }) => state !== 'sent'),
    failingSince: fixture.gate.state().failingSince,
  }
}

/** Everything is there once, in order, in one thread for each conversation. */
const everythingOnce = {
  threads: [
    ['one', 'two', 'three'],
    ['ok', 'ok'],
  ],
  anna: ['first answer to one', 'second answer to one'],
  ben: ['first answer to ok', 'second answer to ok'],
  open: [],
  failingSince: null,
}

/** The books after a conversation, when every look at Mews has come round again. */
const booksInTheEnd = async (): Promise<ReturnType<typeof admin>> => {
  await converse()
  await fixture.until(() => expect(admin()).toEqual(everythingOnce))
  await fixture.pass(3 * minute)
  return admin()
}

const states = () => fixture.deliveries().map(({ state }) => state)

const callsOf = (operation: MewsOperation): number =>
  fixture.calls.filter((call) => call.operation === operation).length
const table = Object.entries(faults(createManualClock().now()))
const answered = table.flatMap(([name, fault]) => (fault === 'refused' ? [] : [[name, fault] as const]))
const lostAnswer = { kind: 'reset', applied: true } as const

describe.each(['messageThreads/add', 'messages/add', 'messages/getAll'] as const)(
  'when it happens twice to %s',
  (operation) => {
    test.each(table)('everything arrives once after %s', async (_, fault) => {
      await meet(fault, operation)
      expect(await booksInTheEnd()).toEqual(everythingOnce)
      expect(callsOf(operation)).toBeGreaterThan(1)
    })
  },
)

test.each([false, true])(
  'a cry for help is answered once while Mews is away, and arrives later; known to the hotel: %s',
  async (known) => {
    const { mews, guests } = fixture
    if (known) await guests.say('anna', 'one')
    await fixture.arrived(known ? 1 : 0)
    await mews.pause()
    await guests.say('anna', 'Help', { command: 'help' })
    const isHelp = expect.stringMatching(/^Everything you write here goes to/)
    await fixture.until(() => expect(guests.heard('anna')).toEqual([isHelp]))
    await mews.resume()
    await fixture.until(() => expect(fixture.threads()).toEqual([known ? ['one', 'Help'] : ['Help']]))
    await fixture.pass(3 * minute)
    expect(guests.heard('anna')).toEqual([isHelp])
  },
)

describe('when the answer to messageThreads/add was lost', () => {
  test.each(answered)('no second thread is opened, even after %s at the look-up', async (_, fault) => {
    fixture.mews.fail(lostAnswer, { operation: 'messageThreads/add', times: 2 })
    await meet(fault, 'messageThreads/getAll')
    expect(await booksInTheEnd()).toEqual(everythingOnce)
    expect(callsOf('messageThreads/getAll')).toBeGreaterThan(1)
  })
})

describe('when the answer to messages/add was lost', () => {
  test.each(answered)('nothing is sent twice, even after %s at the look-up', async (_, fault) => {
    fixture.mews.fail(lostAnswer, { operation: 'messages/add', times: 2 })
    await meet(fault, 'messages/getAll')
    expect(await booksInTheEnd()).toEqual(everythingOnce)
    expect(callsOf('messages/getAll')).toBeGreaterThan(1)
  })

  test.each(['newest first', 'oldest first'] as const)(
    'nothing is sent twice, even when Mews lists what came together %s',
    async (order) => {
      const { mews, guests } = fixture
      await guests.say('anna', 'one')
      await fixture.arrived(1)
      mews.switches.sameSecond = order
      mews.fail(lostAnswer, { operation: 'messages/add' })
      const texts = ['two', 'ok', 'three', 'ok', 'four']
      await Promise.all(texts.map((text) => guests.say('anna', text)))
      await fixture.until(() => expect(states()).toEqual(Array.from({ length: 6 }, () => 'sent')))
      expect(fixture.threads()).toEqual([['one', ...texts]])
      const ids = fixture.deliveries().map(({ native_id }) => native_id)
      expect(new Set(ids)).toEqual(
        new Set(mews.threads().flatMap((it) => mews.messages(it.id).map(({ id }) => id))),
      )
    },
  )

  test('and nothing had come, the same words that came before are not taken for it', async () => {
    const { mews, guests } = fixture
    await guests.say('anna', 'ok')
    await fixture.arrived(1)
    mews.fail({ kind: 'reset', applied: false }, { operation: 'messages/add' })
    await guests.say('anna', 'ok')
    await fixture.until(() => expect(states()).toEqual(['sent', 'sent']))
    expect(fixture.threads()).toEqual([['ok', 'ok']])
  })

  test('and nothing had come, the same words of the staff are not taken for it', async () => {
    const { mews, guests } = fixture
    await guests.say('anna', 'one')
    await fixture.arrived(1)
    mews.reply(fixture.thread(0), 'ok')
    await fixture.until(() => expect(guests.heard('anna')).toEqual(['ok']))
    mews.fail({ kind: 'reset', applied: false }, { operation: 'messages/add' })
    await guests.say('anna', 'ok')
    await fixture.until(() => expect(states()).toEqual(['sent', 'sent', 'sent']))
    expect(fixture.threads()).toEqual([['one', 'ok', 'ok']])
  })

  test('the same words written meanwhile are not taken for those that had come', async () => {
    const { mews, guests } = fixture
    await guests.say('anna', 'one')
    await fixture.arrived(1)
    mews.switches.sameSecond = 'oldest first'
    mews.fail(lostAnswer, { operation: 'messages/add' })
    await guests.say('anna', 'ok')
    await fixture.until(() => expect(callsOf('messages/add')).toBe(2))
    await Promise.all(['two', 'ok', 'three'].map((text) => guests.say('anna', text)))
    await fixture.until(() => expect(states()).toEqual(Array.from({ length: 5 }, () => 'sent')))
    expect(fixture.threads()).toEqual([['one', 'ok', 'two', 'ok', 'three']])
  })
})
