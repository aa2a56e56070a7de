import { afterEach, describe, expect, test } from 'vitest'
import type { Store } from '../../../src/store/types.ts'
import { hour, minute } from '../../fakes/clock.ts'
import type { CrashAfter } from '../support/crash-after.ts'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'

let fixture: FakePlatform
afterEach(() => fixture.close())

/** A conversation with a thread in which both sides have written, and a backup that knows them. */
const begin = async (options: Parameters<typeof createFakePlatform>[0] = {}): Promise<FakePlatform> => {
  fixture = await createFakePlatform(options)
  const { guests, mews } = fixture
  await fixture.begin()
  mews.reply(fixture.thread(0), 'first answer')
  await fixture.until(() => expect(guests.heard('anna')).toEqual(['first answer']))
  return fixture
}

const first = ['one', 'first answer']

describe('a backup that is put back', () => {
  test('sends nothing again of what waited in it and was sent since', async () => {
    const { guests, mews } = await begin()
    mews.fail({ kind: 'answer', applied: false, answer: { status: 503, body: {} } }, { times: 1_000 })
    guests.fail('anna', { outcome: { outcome: 'retry', reason: 'away' } }, 1_000)
    await guests.say('anna', 'two')
    await fixture.pass(minute)
    await fixture.backUp()
    mews.heal()
    await fixture.until(() => expect(fixture.threads()).toEqual([[...first, 'two']]))
    await fixture.putBack()
    await fixture.pass(10 * minute)
    expect(fixture.threads()).toEqual([[...first, 'two']])
    expect(fixture.deliveries().map(({ state }) => state)).toEqual(['sent', 'sent', 'sent'])
  })

  test('sends what waited in it and was not sent', async () => {
    const { guests, mews } = await begin()
    mews.fail({ kind: 'answer', applied: false, answer: { status: 503, body: {} } }, { times: 1_000 })
    await guests.say('anna', 'two')
    await guests.say('anna', 'three')
    await fixture.pass(minute)
    await fixture.backUp()
    await fixture.pass(hour)
    mews.heal()
    await fixture.putBack()
    await fixture.until(() => expect(fixture.threads()).toEqual([[...first, 'two', 'three']]))
  })

  test('sends nothing again of what came and went since, and what is written anew arrives, same words or not', async () => {
    const { guests, mews } = await begin()
    await fixture.backUp()
    await guests.say('anna', 'ok')
    await fixture.arrived(3)
    mews.reply(fixture.thread(0), 'second answer')
    await fixture.until(() => expect(guests.heard('anna')).toHaveLength(2))
    await guests.say('anna', 'thanks')
    await fixture.arrived(5)
    await fixture.pass(hour)
    await fixture.putBack()
    await guests.again()
    await fixture.pass(10 * minute)
    const before = [...first, 'ok', 'second answer', 'thanks']
    expect(fixture.threads()).toEqual([before])
    expect(guests.heard('anna')).toEqual(['first answer', 'second answer'])
    await guests.say('anna', 'ok')
    await fixture.until(() => expect(fixture.threads()).toEqual([[...before, 'ok']]))
    mews.reply(fixture.thread(0), 'second answer')
    await fixture.until(() => expect(guests.heard('anna')).toHaveLength(3))
    expect(fixture.deliveries().filter((row) => row.state !== 'sent' || row.possibly_twice === 1)).toEqual([])
  })

  test('sends what is written anew in the same words as what was lost a moment ago', async () => {
    const { guests } = await begin()
    await fixture.backUp()
    await guests.say('anna', 'ok')
    await fixture.arrived(3)
    await fixture.pass(10_000)
    await fixture.putBack()
    await guests.say('anna', 'ok')
    await fixture.pass(minute)
    expect(fixture.threads()).toEqual([[...first, 'ok', 'ok']])
    await guests.again()
    await fixture.pass(minute)
    expect(fixture.threads()).toEqual([[...first, 'ok', 'ok']])
  })

  test('brings what the staff wrote while nothing ran, though the platform has another post of the same position', async () => {
    const { guests, mews } = await begin()
    await fixture.backUp()
    await guests.say('anna', '', { command: 'help' })
    await fixture.until(() => expect(guests.heard('anna')).toHaveLength(2))
    await fixture.relay.stop(0)
    mews.reply(fixture.thread(0), 'second answer')
    await fixture.putBack()
    await fixture.until(() => expect(guests.heard('anna')).toHaveLength(3))
    expect(guests.heard('anna')[2]).toBe('second answer')
  })

  test('marks what a platform that cannot be asked may have twice', async () => {
    const { guests, mews } = await begin({ confirms: false })
    await fixture.backUp()
    mews.reply(fixture.thread(0), 'second answer')
    await fixture.until(() => expect(guests.heard('anna')).toHaveLength(2))
    await fixture.pass(hour)
    await fixture.putBack()
    await fixture.until(() => expect(guests.heard('anna')).toHaveLength(3))
    expect(guests.heard('anna')).toEqual(['first answer', 'second answer', 'second answer'])
    // What is written from now on is certain.
    await fixture.pass(10_000)
    mews.reply(fixture.thread(0), 'third answer')
    await fixture.until(() => expect(guests.heard('anna')).toHaveLength(4))
    const marked = fixture.deliveries().filter((row) => row.possibly_twice === 1)
    expect(marked).toHaveLength(1)
  })
})

describe('threads that were opened since the backup', () => {
  test('are found again, whether their conversation was known or is not, and what the staff wrote there arrives once', async () => {
    const { guests, mews } = await begin()
    await fixture.backUp()
    // Anna begins anew, Ben for the first time.
    await guests.say('anna', '', { command: 'new' })
    await guests.say('anna', 'about tomorrow')
    await fixture.until(() => expect(fixture.threads()).toHaveLength(2))
    await guests.say('ben', 'hello')
    await fixture.arrived(4)
    for (const index of [1, 2]) mews.reply(fixture.thread(index), `answer ${index}`)
    await fixture.until(() => expect(guests.heard('ben')).toEqual(['answer 2']))
    await fixture.until(() => expect(guests.heard('anna')).toContain('answer 1'))
    const heard = guests.heard('anna')
    await fixture.pass(hour)
    await fixture.relay.stop(0)
    for (const index of [1, 2]) mews.reply(fixture.thread(index), `more ${index}`)
    await fixture.putBack()
    await fixture.until(() => expect(guests.heard('anna')).toEqual([...heard, 'more 1']))
    // Ben is known again once he writes.
    await fixture.pass(5 * minute)
    expect(guests.heard('ben')).toEqual(['answer 2'])
    await guests.say('ben', 'are you there?')
    await fixture.until(() => expect(guests.heard('ben')).toEqual(['answer 2', 'more 2']))
    await fixture.pass(20 * minute)
    expect(fixture.threads()).toEqual([
      first,
      ['about tomorrow', 'answer 1', 'more 1'],
      ['hello', 'answer 2', 'more 2', 'are you there?'],
    ])
    expect(guests.heard('anna')).toEqual([...heard, 'more 1'])
  })

  test('are not followed by another one when the platform tells once more of the wish for them; a new wish is granted', async () => {
    const { guests } = await begin()
    await fixture.backUp()
    await guests.say('anna', '', { command: 'new' })
    await fixture.pass(5_000)
    await guests.say('anna', 'about tomorrow')
    await fixture.until(() => expect(fixture.threads()).toHaveLength(2))
    await fixture.pass(10_000)
    const heard = guests.heard('anna')
    await fixture.putBack()
    await guests.again()
    await fixture.pass(minute)
    await guests.say('anna', 'and the day after')
    await fixture.pass(minute)
    expect(fixture.threads()).toEqual([first, ['about tomorrow', 'and the day after']])
    expect(guests.heard('anna')).toEqual(heard)
    await guests.say('anna', '', { command: 'new' })
    await guests.say('anna', 'something else')
    await fixture.until(() => expect(fixture.threads().at(-1)).toEqual(['something else']))
    expect(fixture.threads()).toHaveLength(3)
  })

  test('are not taken for those of a guest who cannot be reached while they are being bound', async () => {
    const look = createLookBesideBinding('lobby:ben')
    const { guests, mews } = await begin({ createCrash: look.createCrash })
    await fixture.backUp()
    await guests.say('ben', 'hello')
    await fixture.arrived(3)
    await fixture.relay.stop(0)
    mews.reply(fixture.thread(1), 'good evening')
    look.arm()
    await fixture.putBack()
    await guests.say('ben', 'are you there?')
    await fixture.until(() => expect(guests.heard('ben')).toEqual(['good evening']))
    await fixture.pass(minute)
    expect(fixture.threads()).toEqual([first, ['hello', 'good evening', 'are you there?']])
    expect(look.wasBeside()).toBe(true)
  })

  test('are found again from a backup that was made before the first of all', async () => {
    fixture = await createFakePlatform()
    const { guests, mews } = fixture
    await fixture.pass(minute)
    await fixture.backUp()
    await guests.say('anna', 'one')
    await fixture.arrived(1)
    await fixture.pass(hour)
    await fixture.putBack()
    await guests.again()
    await guests.say('anna', 'two')
    mews.reply(fixture.thread(0), 'first answer')
    await fixture.until(() => expect(guests.heard('anna')).toEqual(['first answer']))
    await fixture.pass(10 * minute)
    expect(fixture.threads().map((texts) => texts.toSorted())).toEqual([['first answer', 'one', 'two']])
  })

  test('are told to the staff, once, and to operators, where nobody knows the guest', async () => {
    const { guests, mews } = await begin()
    await fixture.backUp()
    await guests.say('ben', 'hello')
    await fixture.arrived(3)
    await fixture.pass(hour)
    await fixture.putBack()
    mews.fail({ kind: 'reset', applied: true }, { operation: 'messages/add' })
    await fixture.pass(20 * minute)
    const told = expect.stringMatching(/does not know who the guest is/)
    expect(fixture.threads()).toEqual([first, ['hello', told]])
    expect(
      fixture.lines.filter(({ message }) => message.includes('whose guests are not known')),
    ).toMatchObject([{ fields: { threads: 1, threadIds: [fixture.thread(1)] } }])
    await fixture.restart([{ name: 'Grand Hotel' }])
    await fixture.pass(2 * hour)
    expect(fixture.threads()).toEqual([first, ['hello', told]])
    expect(fixture.deliveries().filter(({ state }) => state !== 'sent')).toEqual([])
    await guests.say('ben', 'still there?')
    await fixture.until(() => expect(fixture.threads()).toEqual([first, ['hello', told, 'still there?']]))
  })
})

/** Once it is armed, whether a conversation was ever bound is asked by who delivers a reply before it is bound, and answered after that. */
function createLookBesideBinding(conversation: string) {
  const asked = Promise.withResolvers<void>()
  const isBound = Promise.withResolvers<void>()
  let armed = false
  let asks = 0
  let beside = false
  const wrap = (store: Store): Store => {
    const { threads: real } = store
    const threads: Store['threads'] = {
      ...real,
      lastBound: async (which) => {
        if (!armed || which !== conversation) return real.lastBound(which)
        asks += 1
        // The sender asks first, then who looks for the reply's binding; the third asks because there is none.
        if (asks !== 3) return real.lastBound(which)
        asked.resolve()
        await isBound.promise
        beside = true
        return real.lastBound(which)
      },
      intend: async (row) => {
        if (armed) await asked.promise
        return real.intend(row)
      },
      bound: async (...row) => {
        await real.bound(...row)
        if (armed) isBound.resolve()
      },
    }
    return { ...store, threads }
  }
  return {
    createCrash: (): CrashAfter => ({
      hasCrashed: () => false,
      crashed: new Promise<void>(() => {}),
      store: wrap,
      fetch: (same) => same,
      adapter: (same) => same,
    }),
    arm: () => void (armed = true),
    wasBeside: () => beside,
  }
}
