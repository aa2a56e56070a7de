import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createBudget, type ChannexBudget } from '../../../../adapters/channex/api/budget.ts'
import { ChannexError } from '../../../../adapters/channex/api/error.ts'
import { type ManualClock, createManualClock, hour, minute, neverAborted } from '../../../fakes/clock.ts'
import { createSetup, toPart, type Setup } from '../setup.ts'

let clock: ManualClock
let budget: ChannexBudget
beforeEach(() => {
  clock = createManualClock()
  budget = createBudget(clock)
})

/** How long is to be waited; 0 where the request may be made, and then it was. */
const take = (path: string, kind: 'send' | 'look' = 'look'): number => {
  try {
    budget.take(path, kind)
    return 0
  } catch (error) {
    if (error instanceof ChannexError) return error.afterMs ?? Infinity
    throw error
  }
}

/** How many may be made right now. */
const takeAll = (path: (index: number) => string, kind: 'send' | 'look' = 'look'): number => {
  for (let count = 0; ; count += 1) if (take(path(count), kind) > 0) return count
}

describe('requests to Channex', () => {
  it('are within what one address allows, whatever ids stand in it', () => {
    expect(takeAll((index) => `message_threads/${index}/messages`)).toBe(240)
    expect(take('message_threads')).toBe(0)
  })

  it('leave room for sending', () => {
    takeAll(() => 'message_threads/1/messages')
    expect(takeAll(() => 'message_threads/1/messages', 'send')).toBe(285 - 240)
  })

  it('are within what the key allows in all', () => {
    expect(takeAll((index) => `route${index}`)).toBe(480)
    expect(takeAll((index) => `route${index}`, 'send')).toBe(570 - 480)
  })

  it('go on when it is time, and are told when that is', async () => {
    takeAll(() => 'message_threads')
    const wait = take('message_threads')
    expect(wait).toBeGreaterThan(59_000)
    expect(wait).toBeLessThanOrEqual(minute + 1_000)
    await clock.advance(wait)
    expect(take('message_threads')).toBe(0)
  })

  it('are never more in any minute or hour, also in the long run', async () => {
    const made: number[] = []
    for (const end = clock.now() + 3 * hour; clock.now() < end;) {
      const wait = take('message_threads')
      if (wait === 0) made.push(clock.now())
      await clock.advance(wait === 0 ? 100 : wait)
    }
    const most = (ms: number): number => {
      let first = 0
      return made.reduce((largest, at, index) => {
        while ((made[first] ?? at) <= at - ms) first += 1
        return Math.max(largest, index - first + 1)
      }, 0)
    }
    expect(most(minute)).toBeLessThanOrEqual(300)
    expect(most(hour)).toBeLessThanOrEqual(3_600)
    expect(made.length).toBeGreaterThan(8_000)
  })

  it.each([-24 * hour, 24 * hour])('count as before when the clock is set by %i ms', (ms) => {
    expect(takeAll(() => 'message_threads')).toBe(240)
    clock.set(ms)
    expect(take('message_threads')).toBeGreaterThan(0)
    clock.step(minute + 1_000)
    expect(take('message_threads')).toBe(0)
  })

  it('wait where Channex says so, and sending does not wait for looking', () => {
    budget.pause('message_threads/1/messages', 30_000)
    expect(take('message_threads/2/messages')).toBe(30_000)
    expect(take('message_threads/2/messages', 'send')).toBe(0)
    expect(take('bookings/7')).toBe(0)
  })
})

describe('an adapter whose key is limited', () => {
  let setup: Setup
  beforeEach(async () => {
    setup = await createSetup({ isLimited: true })
    setup.channex.switches.limited = true
  })
  afterEach(() => setup.channex.close())

  it('sends while it may not look any more, and meets no refusal', async () => {
    const thread = setup.channex.open()
    const since = setup.clock.now()
    for (let count = 0; count < 260; count += 1)
      await setup.adapter.confirm?.(toPart(thread, 'Hello', `d-${count}`), since, neverAborted)
    expect(setup.channex.server.requests).toHaveLength(240)
    const told = await setup.adapter.confirm?.(toPart(thread), since, neverAborted)
    expect(told).toMatchObject({ outcome: 'cannot tell', afterMs: expect.any(Number) })
    expect(await setup.adapter.send(toPart(thread), neverAborted)).toMatchObject({ outcome: 'sent' })
    await setup.clock.advance(minute + 1_000)
    expect(await setup.adapter.confirm?.(toPart(thread), since, neverAborted)).toMatchObject({
      outcome: 'sent',
    })
  })

  it('gives a reply back with the time at which it may go', async () => {
    const thread = setup.channex.open()
    const outcomes = []
    for (let count = 0; count < 290; count += 1)
      outcomes.push(await setup.adapter.send(toPart(thread, `${count}`, `d-${count}`), neverAborted))
    expect(outcomes.filter(({ outcome }) => outcome === 'sent')).toHaveLength(285)
    expect(outcomes.at(-1)).toMatchObject({ outcome: 'retry', afterMs: expect.any(Number) })
    expect(setup.channex.posted(thread)).toHaveLength(285)
  })
})
