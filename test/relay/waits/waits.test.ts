import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { day, hour, minute, second } from '../../fakes/clock.ts'
import { createCrashAfter, createCrashesAfter } from '../support/crash-after.ts'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'
import type { Said } from '../support/guests.ts'

let fixture: FakePlatform
beforeEach(async () => {
  fixture = await createFakePlatform()
})
afterEach(() => fixture.close())

const running = (of = fixture) => of.store.waits.running({ property: 'Grand Hotel', limit: 100 })

/** Who waits, and since how many seconds after `from`. */
const waiting = async (from: number, of = fixture): Promise<readonly string[]> =>
  (await running(of)).map(
    ({ conversation, since }) => `${conversation} ${Math.round((since - from) / second)}`,
  )

/** Lets time pass until somebody waits, or nobody does. */
const untilWaiting = async (count: number, of = fixture): Promise<void> => {
  for (let left = 1_200; (await running(of)).length !== count; left -= 1) {
    if (left === 0) throw new Error(`not ${count} wait`)
    await of.pass(second)
  }
}

const begin = async (said: Said = {}): Promise<number> => {
  const from = fixture.clock.now()
  await fixture.guests.say('anna', 'Is the desk open?', said)
  await fixture.arrived(1)
  await untilWaiting(1)
  return from
}

describe('a wait begins', () => {
  test('with a guest’s message, once Mews has it', async () => {
    const from = await begin()
    expect(await waiting(from)).toEqual(['lobby:anna 0'])
    await fixture.pass(minute)
    await fixture.guests.say('anna', 'Hello?')
    await fixture.arrived(2)
    await fixture.pass(minute)
    expect(await waiting(from)).toEqual(['lobby:anna 0'])
  })

  test.each([
    ['an edit', 'Is it open?', { kind: 'edit' }],
    ['a deletion', '', { kind: 'deletion' }],
    ['a command', '', { command: 'help' }],
  ] as const)('not with %s', async (_, text, said) => {
    await begin()
    fixture.mews.reply(fixture.thread(0), 'Yes')
    await untilWaiting(0)
    await fixture.guests.say('anna', text, said)
    await fixture.pass(5 * minute)
    expect(await running()).toEqual([])
  })

  test('with words that are for the hotel although they are a command', async () => {
    await begin({ command: 'help' })
    await fixture.until(() => expect(fixture.guests.heard('anna')).toHaveLength(1))
    await fixture.pass(minute)
    expect(await running()).toHaveLength(1)
  })

  test('not with a message that could not be delivered', async () => {
    fixture.mews.switches.poison = (text) => text.includes('poison')
    await begin()
    fixture.mews.reply(fixture.thread(0), 'Yes')
    await untilWaiting(0)
    await fixture.guests.say('anna', 'poison')
    await fixture.until(() => expect(fixture.failed()).toHaveLength(1))
    await fixture.pass(minute)
    expect(await running()).toEqual([])
  })
})

describe('a wait ends', () => {
  test('with a reply that the guest has, and with none that failed', async () => {
    const from = await begin()
    fixture.guests.fail('anna', { outcome: { outcome: 'rejected', reason: 'not in channel' } })
    fixture.mews.reply(fixture.thread(0), 'Yes')
    await fixture.until(() => expect(fixture.failed()).toHaveLength(1))
    // Our own notice to the staff arrives in Mews, and is no reply either.
    await fixture.arrived(2 + 1)
    await fixture.pass(5 * minute)
    expect(await waiting(from)).toEqual(['lobby:anna 0'])
    fixture.mews.reply(fixture.thread(0), 'Yes, until midnight')
    await untilWaiting(0)
    expect(fixture.guests.heard('anna')).toEqual(['Yes, until midnight'])
  })

  test('and begins anew with what the guest wrote after the reply was, before it came', async () => {
    const from = await begin()
    fixture.mews.switches.webhooks = 'dropped'
    fixture.clock.step(10 * second)
    fixture.mews.reply(fixture.thread(0), 'Until midnight')
    fixture.clock.step(10 * second)
    await fixture.guests.say('anna', 'And breakfast?')
    await fixture.until(() => expect(fixture.guests.heard('anna')).toEqual(['Until midnight']))
    await fixture.pass(10 * second)
    const [wait] = await waiting(from)
    expect(Number(wait?.split(' ')[1])).toBeGreaterThanOrEqual(20)
  })

  test('when the staff resolve the thread, and not by a resolution from before', async () => {
    await begin()
    fixture.mews.resolve(fixture.thread(0))
    await untilWaiting(0)
    expect(fixture.guests.heard('anna')).toEqual([])
    fixture.clock.step(minute)
    await fixture.guests.say('anna', 'One more thing')
    await fixture.arrived(2)
    await untilWaiting(1)
    fixture.mews.resolve(fixture.thread(0), false)
    await fixture.pass(5 * minute)
    expect(await running()).toHaveLength(1)
    fixture.mews.resolve(fixture.thread(0))
    await untilWaiting(0)
  })

  test('by Mews’s clock, whatever the machine’s says', async () => {
    fixture.clock.set(-3 * day)
    await begin()
    fixture.clock.set(5 * day)
    await fixture.pass(minute)
    fixture.mews.reply(fixture.thread(0), 'Yes')
    await untilWaiting(0)
    fixture.clock.set(-hour)
    await fixture.guests.say('anna', 'Thanks, and breakfast?')
    await untilWaiting(1)
    const at = fixture.mews.messages(fixture.thread(0)).at(-1)?.createdAt ?? 0
    const [wait] = await running()
    expect(Math.abs((wait?.since ?? 0) - at)).toBeLessThan(2 * second)
  })
})

test('a process that died before it knew that Mews has the message begins the wait when that was', async () => {
  const { createCrash, kill } = createCrashesAfter()
  const crashing = await createFakePlatform({ createCrash })
  crashing.mews.fail({ kind: 'hang', applied: true }, { operation: 'messages/add' })
  await crashing.guests.say('anna', 'Is the desk open?')
  await crashing.arrived(1)
  kill()
  crashing.clock.step(3 * hour)
  await crashing.revive()
  await untilWaiting(1, crashing)
  const [wait] = await running(crashing)
  const at = crashing.mews.messages(crashing.thread(0))[0]?.createdAt ?? 0
  expect(Math.abs((wait?.since ?? 0) - at)).toBeLessThan(second)
  await crashing.close()
})

test.each(Array.from({ length: 16 }, (_, index) => index + 2))(
  'a crash after act %i loses no wait, and no end of one',
  async (act) => {
    let crash = createCrashAfter(act)
    const crashing = await createFakePlatform({ createCrash: () => crash })
    const revive = async (): Promise<void> => {
      if (!crash.hasCrashed()) return
      crash = createCrashAfter(Infinity)
      await crashing.revive()
    }
    await crashing.guests.say('anna', 'Is the desk open?')
    for (let left = 60; left > 0 && crashing.threads().flat().length === 0; left -= 1) {
      await crashing.pass(second)
      await revive()
    }
    for (let left = 60; left > 0 && (await running(crashing)).length === 0; left -= 1) {
      await crashing.pass(second)
      await revive()
    }
    expect(await running(crashing)).toHaveLength(1)
    crashing.mews.reply(crashing.thread(0), 'Yes')
    for (let left = 300; left > 0 && (await running(crashing)).length > 0; left -= 1) {
      await crashing.pass(second)
      await revive()
    }
    expect(await running(crashing)).toEqual([])
    expect(crashing.guests.heard('anna')).toEqual(['Yes'])
    await crashing.close()
  },
)
