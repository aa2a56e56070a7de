import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hour, minute } from '../../fakes/clock.ts'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'

const requests = 20
const conversations = Array.from({ length: 12 }, (_, number) => `guest-${number}`)

let fixture: FakePlatform
beforeEach(async () => {
  fixture = await createFakePlatform({ requests })
})
afterEach(() => fixture.close())

/** The most calls of Mews within any 30 seconds. */
const busiest = (): number =>
  Math.max(
    ...fixture.calls.map(
      ({ at }) => fixture.calls.filter((call) => call.at >= at && call.at < at + 30_000).length,
    ),
  )

const everyoneSays = async (text: string): Promise<void> => {
  await Promise.all(conversations.map((conversation) => fixture.guests.say(conversation, text)))
}

const everythingOnce = (texts: readonly string[]) => (): void =>
  expect(fixture.threads()).toEqual(conversations.map(() => texts))

test('Mews goes down, comes back slow, then limits: nothing is lost or doubled, and the budget holds', async () => {
  const { mews } = fixture
  await everyoneSays('before')
  await fixture.until(everythingOnce(['before']))
  await mews.pause()
  await everyoneSays('while it is down')
  await fixture.pass(10 * minute)
  expect(fixture.gate.state().failingSince).not.toBe(null)
  mews.fail({ kind: 'late', applied: true, ms: 40 }, { times: 10 })
  await mews.resume()
  await everyoneSays('while it is slow')
  await fixture.until(everythingOnce(['before', 'while it is down', 'while it is slow']))
  mews.switches.limit = { requests: 2, windowMs: 30_000, retryAfter: 'none' }
  await everyoneSays('while it limits')
  await fixture.pass(5 * minute)
  mews.switches.limit = { requests: 200, windowMs: 30_000, retryAfter: 'seconds' }
  const all = ['before', 'while it is down', 'while it is slow', 'while it limits']
  await fixture.until(everythingOnce(all))
  await fixture.pass(5 * minute)
  everythingOnce(all)()
  expect(busiest()).toBeLessThanOrEqual(requests)
  expect(fixture.gate.state().failingSince).toBe(null)
})

describe.each(['seconds', 'date', 'none'] as const)('a limit with Retry-After as %s', (retryAfter) => {
  test('burns no attempt, and calls are spared while it lasts', async () => {
    const { mews, guests } = fixture
    await guests.say('anna', 'one')
    await fixture.until(() => expect(fixture.threads()).toEqual([['one']]))
    mews.switches.limit = { requests: 1, windowMs: 30 * minute, retryAfter }
    const before = fixture.calls.length
    await guests.say('anna', 'two')
    await fixture.pass(30 * minute, 10_000)
    expect(fixture.calls.slice(before).map(({ status }) => status)).toContain(429)
    expect(fixture.calls.length - before).toBeLessThan(40)
    expect(fixture.gate.state()).toMatchObject({ pausedUntil: 0, failingSince: expect.any(Number) })
    mews.switches.limit = { requests: 200, windowMs: 30_000, retryAfter }
    await fixture.until(() => expect(fixture.threads()).toEqual([['one', 'two']]))
    await fixture.until(() => expect(fixture.gate.state().failingSince).toBe(null))
  })
})

test('while Mews is down the pauses grow: it is asked less and less', async () => {
  const { mews, guests } = fixture
  mews.fail({ kind: 'reset', applied: false }, { times: 1_000 })
  await guests.say('anna', 'one')
  await fixture.pass(hour, 10_000)
  const calls = fixture.calls.filter(({ operation }) => operation.startsWith('messageThreads'))
  expect(calls.length).toBeGreaterThan(5)
  expect(calls.length).toBeLessThan(40)
})
