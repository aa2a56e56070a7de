import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { createBudget, type RequestKind } from '../../src/mews/budget.ts'
import { createManualClock, neverAborted } from '../fakes/clock.ts'

const kind = fc.constantFrom<RequestKind>('send', 'thread', 'sync')

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('take' as const), kind, times: fc.nat(7) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.nat(20_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pause' as const), ms: fc.option(fc.nat(5000)) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('abort' as const) }) },
)

const open = (requests: number) => {
  const clock = createManualClock()
  const budget = createBudget({ requests, clock, random: () => 0.5 })
  const granted: { kind: RequestKind; at: number }[] = []
  const take = async (wanted: RequestKind, signal = neverAborted): Promise<void> => {
    const finish = await budget.take(wanted, signal)
    granted.push({ kind: wanted, at: clock.now() })
    finish()
  }
  return { clock, budget, granted, take }
}

describe('the budget', () => {
  test('never grants more than its requests in any window, and grants everything in the end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(step, { maxLength: 30 }),
        async (requests, steps) => {
          const { clock, budget, granted, take } = open(requests)
          let controller = new AbortController()
          let refused = 0
          let wanted = 0
          const pauses: { readonly from: number; readonly until: number }[] = []
          for (const it of steps) {
            if (it.do === 'take') {
              for (let n = 0; n < it.times; n += 1, wanted += 1)
                void take(it.kind, controller.signal).catch(() => (refused += 1))
            } else if (it.do === 'advance') await clock.advance(it.ms)
            else if (it.do === 'pause') {
              await clock.advance(0)
              pauses.push({ from: clock.now(), until: clock.now() + budget.pause(it.ms ?? undefined) })
            } else {
              controller.abort()
              controller = new AbortController()
            }
            expect(budget.state().left).toBeGreaterThanOrEqual(0)
          }
          await clock.advance(60 * 60 * 1000)
          expect(granted.length + refused).toBe(wanted)
          expect(clock.sleepers()).toBe(0)
          const spans = granted.slice(requests).map(({ at }, index) => at - (granted[index]?.at ?? 0))
          expect(spans.filter((ms) => ms < 30_000)).toEqual([])
          const grantedPaused = granted.filter(({ at }) =>
            pauses.some(({ from, until }) => from < at && at < until),
          )
          expect(grantedPaused).toEqual([])
        },
      ),
      { numRuns: 60 },
    )
  })

  test('serves sends first, then threads, then syncs, each in the order they came', async () => {
    const { clock, granted, take } = open(1)
    await take('sync')
    const waiting = (['sync', 'thread', 'send', 'sync', 'send'] as const).map((it) => take(it))
    await clock.advance(5 * 30_000)
    await Promise.all(waiting)
    expect(granted.map((it) => it.kind)).toEqual(['sync', 'send', 'send', 'thread', 'sync', 'sync'])
    expect(granted.map(({ at }, index) => at - (granted[index - 1]?.at ?? at))).toEqual([
      0, 30_000, 30_000, 30_000, 30_000, 30_000,
    ])
  })

  test('grants at once while there is something left, and says how much', async () => {
    const { budget, take, clock } = open(3)
    await Promise.all([take('sync'), take('send')])
    expect(budget.state()).toEqual({ left: 1, pausedUntil: null })
    await clock.advance(30_000)
    expect(budget.state()).toEqual({ left: 3, pausedUntil: null })
  })

  test('rejects with the reason when the caller stops waiting, and then sleeps no longer', async () => {
    const { clock, take } = open(1)
    await take('send')
    const controller = new AbortController()
    const waiting = take('send', controller.signal)
    await clock.advance(10)
    expect(clock.sleepers()).toBe(1)
    controller.abort(new Error('stopped'))
    await expect(waiting).rejects.toThrow('stopped')
    await clock.advance(0)
    expect(clock.sleepers()).toBe(0)
    await expect(take('send', controller.signal)).rejects.toThrow('stopped')
  })

  test('is not used up by callers that stopped waiting', async () => {
    const { clock, granted, take } = open(1)
    await take('send')
    const controller = new AbortController()
    const stopped = take('send', controller.signal).catch(() => 'stopped')
    const waiting = take('sync')
    controller.abort()
    await clock.advance(30_000)
    await waiting
    expect(await stopped).toBe('stopped')
    expect(granted).toHaveLength(2)
  })

  test('pauses the whole token for as long as Mews says, with jitter', async () => {
    const { clock, budget, granted, take } = open(100)
    expect(budget.pause(7000)).toBe(7500)
    expect(budget.state()).toEqual({ left: 0, pausedUntil: clock.now() + 7500 })
    const waiting = take('send')
    await clock.advance(7499)
    expect(granted).toEqual([])
    await clock.advance(1)
    await waiting
  })

  test('pauses longer and longer until something succeeds when Mews does not say how long', async () => {
    const { clock, budget } = open(100)
    const pause = async (): Promise<number> => {
      const ms = budget.pause()
      await clock.advance(ms)
      return ms
    }
    expect([await pause(), await pause(), await pause()]).toEqual([3000, 6000, 12_000])
    for (let n = 0; n < 20; n += 1) await pause()
    expect(await pause()).toBe(180_000)
    budget.succeeded()
    expect(await pause()).toBe(3000)
  })

  test('counts refusals of requests that were under way together as one', async () => {
    const { clock, budget } = open(100)
    expect(budget.pause()).toBe(3000)
    await clock.advance(1000)
    expect(budget.pause()).toBe(2000)
    expect(budget.pause(5000)).toBe(5500)
    await clock.advance(5500)
    expect(budget.pause()).toBe(6000)
  })

  test('survives a clock that is set back', async () => {
    const day = 24 * 60 * 60 * 1000
    const clock = createManualClock()
    let ahead = day
    const budget = createBudget({
      requests: 1,
      clock: { ...clock, now: () => clock.now() + ahead },
      random: () => 0.5,
    })
    const finish = await budget.take('send', neverAborted)
    finish()
    ahead = 0
    const waiting = budget.take('send', neverAborted).then(() => clock.now())
    await clock.advance(day)
    expect(await waiting).toBe(clock.now() - day + 30_000)
  })
})
