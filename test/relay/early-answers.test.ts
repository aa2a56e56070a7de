import { afterEach, beforeEach, expect, test } from 'vitest'
import { minute, second } from '../fakes/clock.ts'
import { createFakePlatform, type FakePlatform } from './support/fake-platform.ts'

let fixture: FakePlatform
beforeEach(async () => {
  fixture = await createFakePlatform()
})
afterEach(() => fixture.close())

const waiting = /^(\d+) of your messages|^One of your messages|on (its|their) way/
const isHelp = expect.stringMatching(/^Everything you write here goes to/)

test.each([true, false])(
  'status is answered at once while Mews is away, for each time it is asked; known to the hotel: %s',
  async (known) => {
    const { mews, guests } = fixture
    if (known) await fixture.begin('zero')
    await mews.pause()
    await guests.say('anna', 'one')
    await fixture.pass(10 * second)
    await guests.say('anna', '', { command: 'status' })
    await fixture.pass(3 * second)
    expect(guests.heard('anna')).toEqual([expect.stringMatching(waiting)])
    await guests.say('anna', 'two')
    await guests.say('anna', '', { command: 'status' })
    await fixture.pass(3 * second)
    const [first, second_] = guests.heard('anna')
    expect(first).not.toEqual(second_)
    expect(second_).toContain('2')
    await mews.resume()
    const all = known ? ['zero', 'one', 'two'] : ['one', 'two']
    await fixture.until(() => expect(fixture.threads()).toEqual([all]))
    await fixture.pass(3 * minute)
    expect(guests.heard('anna')).toEqual([first, second_])
  },
)

test('help is answered at once behind what waits, and goes to the hotel where it was written as a message', async () => {
  const { mews, guests } = fixture
  await mews.pause()
  await guests.say('anna', 'one')
  await fixture.pass(10 * second)
  await guests.say('anna', 'Help', { command: 'help' })
  await fixture.pass(3 * second)
  expect(guests.heard('anna')).toEqual([isHelp])
  await mews.resume()
  await fixture.until(() => expect(fixture.threads()).toEqual([['one', 'Help']]))
  await fixture.pass(3 * minute)
  expect(guests.heard('anna')).toEqual([isHelp])
})

test('what changes something waits its turn', async () => {
  const { mews, guests } = fixture
  await fixture.begin('zero')
  await mews.pause()
  await guests.say('anna', 'one')
  await guests.say('anna', '', { command: 'new' })
  await fixture.pass(minute)
  expect(guests.heard('anna')).toEqual([])
  await mews.resume()
  await fixture.until(() => expect(guests.heard('anna')).toHaveLength(1))
  expect(fixture.threads()).toEqual([['zero', 'one']])
})

test('each guest reads of their own messages alone', async () => {
  const { mews, guests } = fixture
  await mews.pause()
  for (const text of ['one', 'two', 'three']) await guests.say('anna', text)
  await guests.say('ben', 'hello')
  await guests.say('ben', '', { command: 'status' })
  await guests.say('anna', '', { command: 'status' })
  await fixture.pass(4 * second)
  expect(guests.heard('anna')).toEqual([expect.stringContaining('3')])
  expect(guests.heard('ben')).toEqual([expect.not.stringContaining('3')])
})

test('while messages arrive in time, status has one answer', async () => {
  const { guests } = fixture
  await fixture.begin('one')
  await guests.say('anna', '', { command: 'status' })
  await fixture.pass(minute)
  expect(guests.heard('anna')).toHaveLength(1)
})
