import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hour, minute } from '../../fakes/clock.ts'
import { createFakePlatform, type FakePlatform } from '../support/fake-platform.ts'

const requests = 20
const conversations = Array.from({ length: 12 }, (_, number) => `guest-${number}`)

let lobby: FakePlatform
beforeEach(async () => {
  lobby = await createFakePlatform({ requests })
})
afterEach(() => lobby.close())

/** The most calls of Mews within any 30 seconds. */
const busiest = (): number =>
  Math.max(
    ...lobby.calls.map(
      ({ at }) => lobby.calls.filter((call) => call.at >= at && call.at < at + 30_000).length,
    ),
  )

const everyoneSays = async (text: string): Promise<void> => {
  await Promise.all(conversations.map((conversation) => lobby.guests.say(conversation, text)))
}

const everythingOnce = (texts: readonly string[]) => (): void =>
  expect(lobby.threads()).toEqual(conversations.map(() => texts))

test('Mews goes down, comes back slow, then limits: nothing is lost or doubled, and the budget holds', async () => {
  const { mews } = lobby
  await everyoneSays('before')
  await lobby.until(everythingOnce(['before']))
  await mews.pause()
  await everyoneSays('while it is down')
  await lobby.pass(10 * minute)
  expect(lobby.gate.state().failingSince).not.toBe(null)
  mews.fail({ kind: 'late', applied: true, ms: 40 }, { times: 10 })
  await mews.resume()
  await everyoneSays('while it is slow')
  await lobby.until(everythingOnce(['before', 'while it is down', 'while it is slow']))
  mews.switches.limit = { requests: 2, windowMs: 30_000, retryAfter: 'none' }
  await everyoneSays('while it limits')
  await lobby.pass(5 * minute)
  mews.switches.limit = { requests: 200, windowMs: 30_000, retryAfter: 'seconds' }
  const all = ['before', 'while it is down', 'while it is slow', 'while it limits']
  await lobby.until(everythingOnce(all))
  await lobby.pass(5 * minute)
  everythingOnce(all)()
  expect(busiest()).toBeLessThanOrEqual(requests)
  expect(lobby.gate.state().failingSince).toBe(null)
})

describe.each(['seconds', 'date', 'none'] as const)('a limit with Retry-After as %s', (retryAfter) => {
  test('burns no attempt, and calls are spared while it lasts', async () => {
    const { mews, guests } = lobby
    await guests.say('anna', 'one')
    await lobby.until(() => expect(lobby.threads()).toEqual([['one']]))
    mews.switches.limit = { requests: 1, windowMs: 30 * minute, retryAfter }
    const before = lobby.calls.length
    await guests.say('anna', 'two')
    await lobby.pass(30 * minute, 10_000)
    expect(lobby.calls.slice(before).map(({ status }) => status)).toContain(429)
    expect(lobby.calls.length - before).toBeLessThan(40)
    expect(lobby.gate.state()).toMatchObject({ pausedUntil: 0, failingSince: expect.any(Number) })
    mews.switches.limit = { requests: 200, windowMs: 30_000, retryAfter }
    await lobby.until(() => expect(lobby.threads()).toEqual([['one', 'two']]))
    await lobby.until(() => expect(lobby.gate.state().failingSince).toBe(null))
  })
})

test('while Mews is down the pauses grow: it is asked less and less', async () => {
  const { mews, guests } = lobby
  mews.fail({ kind: 'reset', applied: false }, { times: 1_000 })
  await guests.say('anna', 'one')
  await lobby.pass(hour, 10_000)
  const calls = lobby.calls.filter(({ operation }) => operation.startsWith('messageThreads'))
  expect(calls.length).toBeGreaterThan(5)
  expect(calls.length).toBeLessThan(40)
})
