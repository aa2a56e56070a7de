import { describe, expect, test } from 'vitest'
import { type Budget, createBudget } from '../../src/mews/budget.ts'
import { type ManualClock, createManualClock, neverAborted } from '../fakes/clock.ts'

const requests = 20
const windowMs = 30_000

/** Budgets one after the other on one record, as senders take over from each other. */
const createSuccession = () => {
  const clock: ManualClock = createManualClock()
  const granted: number[] = []
  const switches = { away: false }
  let record = ''
  let writes = 0
  const takeOver = (): Budget => {
    const budget = createBudget({ requests, windowMs, clock, random: () => 0.5 })
    budget.resume(record, async (text) => {
      if (switches.away) return false
      writes += 1
      record = text
      return true
    })
    return budget
  }
  const takeOne = async (budget: Budget): Promise<void> => {
    const finish = await budget.take('send', neverAborted)
    granted.push(clock.now())
    finish()
  }
  const take = async (budget: Budget, count: number): Promise<void> => {
    for (let index = 0; index < count; index += 1) void takeOne(budget)
    await clock.advance(0)
  }
  const mostInWindow = (): number =>
    Math.max(0, ...granted.map((from) => granted.filter((at) => at >= from && at < from + windowMs).length))
  return {
    clock,
    granted,
    switches,
    takeOver,
    take,
    mostInWindow,
    finish: (budget: Budget) => void (record = budget.record()),
    writes: () => writes,
  }
}

describe('a budget that is handed on', () => {
  test.each([1, 9, 10, 11, 19, 20])(
    'keeps to its window when its holder is killed after %i requests, without waiting the window out',
    async (used) => {
      const { clock, granted, takeOver, take, mostInWindow } = createSuccession()
      await take(takeOver(), used)
      expect(granted).toHaveLength(used)
      await clock.advance(7_000)
      const next = takeOver()
      await take(next, requests)
      const atOnce = granted.length - used
      expect(atOnce).toBeGreaterThanOrEqual(Math.max(0, requests - used - Math.min(used, 10)))
      expect(used + atOnce).toBeLessThanOrEqual(requests)
      await clock.advance(120_000)
      expect(granted).toHaveLength(used + requests)
      expect(mostInWindow()).toBeLessThanOrEqual(requests)
    },
  )

  test('is handed on to the last request when its holder ends by itself', async () => {
    const { granted, takeOver, take, finish } = createSuccession()
    const first = takeOver()
    await take(first, 7)
    finish(first)
    await take(takeOver(), requests)
    expect(granted).toHaveLength(requests)
  })

  test('keeps to its window through many holders who were all killed', async () => {
    const { clock, granted, takeOver, take, mostInWindow } = createSuccession()
    for (let holder = 0; holder < 12; holder += 1) {
      await take(takeOver(), 5)
      await clock.advance(1_500)
    }
    expect(granted.length).toBeGreaterThan(0)
    expect(mostInWindow()).toBeLessThanOrEqual(requests)
  })

  test('lasts through holders who are killed again and again soon after their start', async () => {
    const { granted, takeOver, take } = createSuccession()
    for (let holder = 0; holder < 10; holder += 1) await take(takeOver(), 1)
    expect(granted).toHaveLength(10)
  })

  test('counts nothing twice when the same holder goes on', async () => {
    const { granted, takeOver, take } = createSuccession()
    const budget = takeOver()
    await take(budget, 8)
    budget.resume(budget.record(), async () => true)
    expect(budget.state().left).toBe(requests - granted.length)
  })

  test('records blocks, not every request', async () => {
    const { clock, takeOver, take, writes } = createSuccession()
    const budget = takeOver()
    await take(budget, requests)
    expect(writes()).toBe(5)
    await clock.advance(windowMs)
    await take(budget, requests)
    expect(writes()).toBe(7)
  })

  test('grants nothing while it cannot be recorded, and goes on by itself', async () => {
    const { clock, granted, switches, takeOver, take } = createSuccession()
    switches.away = true
    await take(takeOver(), 1)
    await clock.advance(60_000)
    expect(granted).toEqual([])
    switches.away = false
    await clock.advance(1_000)
    expect(granted).toHaveLength(1)
  })
})
