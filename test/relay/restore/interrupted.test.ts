import { afterEach, expect, test } from 'vitest'
import { minute } from '../../fakes/clock.ts'
import { createCrashAfter } from '../support/crash-after.ts'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'

let fixture: FakePlatform
afterEach(() => fixture.close())

/** Starts that die after so many acts, one after the other; the last one goes on. */
const startsThatDie = (acts: readonly number[]) => {
  const left = [Infinity, ...acts]
  let crash = createCrashAfter(Infinity)
  return {
    createCrash: () => (crash = createCrashAfter(left.shift() ?? Infinity)),
    hasCrashed: () => crash.hasCrashed(),
  }
}

test.each(Array.from({ length: 12 }, (_, index) => index + 1))(
  'what is written without a mention reaches a thread that a backup does not know, also when the process dies after act %i of finding it',
  async (act) => {
    const starts = startsThatDie([act])
    fixture = await createFakePlatform({ createCrash: starts.createCrash })
    const { guests, mews } = fixture
    await fixture.backUp()
    await fixture.begin()
    await fixture.putBack()
    await guests.say('anna', 'two', { onlyInBridged: true })
    await fixture.pass(minute)
    if (starts.hasCrashed()) await fixture.revive()
    await fixture.until(() => expect(fixture.threads()).toEqual([['one', 'two']]))
    mews.reply(fixture.thread(0), 'answer')
    await fixture.until(() => expect(guests.heard('anna')).toEqual(['answer']))
    await fixture.pass(5 * minute)
    expect(fixture.threads()).toEqual([['one', 'two', 'answer']])
  },
)
