import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Budget, createBudget } from '../../src/mews/budget.ts'
import { createManualClock, neverAborted } from '../fakes/clock.ts'

const requests = 20
const windowMs = 30_000

/** A request that takes so long, and arrives after this share of it. */
interface Way {
  readonly ms: number
  readonly share: number
}

/** Senders one after the other whose requests take their time; Mews counts them when they arrive. */
const createSenders = () => {
  const clock = createManualClock()
  const arrivals: number[] = []
  let record = ''
  let holder = 0
  let waiting = 0

  /** The next sender's clock differs by `skewMs` from everybody else's. */
  const takeOver = (skewMs = 0): Budget => {
    const self = (holder += 1)
    const own = { ...clock, now: () => clock.now() + skewMs, sleep: (ms: number) => clock.sleep(ms) }
    const budget = createBudget({ requests, windowMs, clock: own, random: () => 0.5 })
    budget.resume(record, async (text) => {
      if (self === holder) record = text
      return self === holder
    })
    waiting = 0
    return budget
  }

  const send = async (budget: Budget, { ms, share }: Way): Promise<void> => {
    const self = holder
    waiting += 1
    const finish = await budget.take('send', neverAborted)
    if (self !== holder) return
    waiting -= 1
    const before = Math.round(ms * share)
    await clock.sleep(before)
    // What a killed process was sending may have arrived, or not.
    arrivals.push(clock.now())
    if (self !== holder) return
    await clock.sleep(ms - before)
    finish()
  }

  const mostInWindow = (): number =>
    Math.max(0, ...arrivals.map((from) => arrivals.filter((at) => at >= from && at < from + windowMs).length))

  return {
    clock,
    takeOver,
    send,
    mostInWindow,
    arrivals,
    waiting: () => waiting,
    leave: (budget: Budget) => void (record = budget.record()),
  }
}

const way = fc.record({ ms: fc.nat(3_000), share: fc.double({ min: 0, max: 1, noNaN: true }) })
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('send' as const), ways: fc.array(way) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.nat(20_000) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('kill' as const),
      skewMs: fc.integer({ min: -1_000, max: 1_000 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('hand on' as const) }) },
)

/** From a death to the next one's first request: never less, a lease outlives its holder by more. */
const takeOverMs = 6_000

test('no window holds more arrivals than requests, however long they take and whoever is killed while sending', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const { clock, takeOver, send, leave, mostInWindow, waiting } = createSenders()
      let skewMs = 0
      let budget = takeOver(skewMs)
      for (const it of steps) {
        if (it.do === 'send') for (const one of it.ways) void send(budget, one)
        if (it.do === 'advance') await clock.advance(it.ms)
        if (it.do === 'hand on') {
          await clock.advance(3_000)
          leave(budget)
          budget = takeOver(skewMs)
        }
        if (it.do === 'kill') {
          // Two clocks differ by a second at most.
          skewMs = skewMs === 0 ? it.skewMs : 0
          await clock.advance(takeOverMs)
          budget = takeOver(skewMs)
        }
        await clock.advance(0)
      }
      await clock.advance(60 * 60_000)
      expect(mostInWindow()).toBeLessThanOrEqual(requests)
      expect(waiting()).toBe(0)
    }),
    { numRuns: 150 },
  )
})

test('a request that arrives late is not counted as if it had arrived at once', async () => {
  const { clock, takeOver, send, mostInWindow, arrivals } = createSenders()
  const budget = takeOver()
  void send(budget, { ms: 2_000, share: 1 })
  for (let index = 0; index < 3 * requests; index += 1) void send(budget, { ms: 0, share: 0 })
  await clock.advance(5 * windowMs)
  expect(arrivals).toHaveLength(3 * requests + 1)
  expect(mostInWindow()).toBe(requests)
})

test('whoever takes over waits for what a killed sender may have been sending, not for the whole window', async () => {
  const { clock, takeOver, send, arrivals } = createSenders()
  const killed = takeOver()
  for (let index = 0; index < 4; index += 1) void send(killed, { ms: 60_000, share: 0 })
  await clock.advance(takeOverMs)
  const next = takeOver()
  for (let index = 0; index < requests; index += 1) void send(next, { ms: 0, share: 0 })
  await clock.advance(100)
  // The fourth was made from a block of four.
  expect(arrivals).toHaveLength(4 + requests - 7)
})
