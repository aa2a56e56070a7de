import { describe, expect, test } from 'vitest'
import type { NextStep, Run } from '../../../src/store/lanes/types.ts'
import { hour, minute } from '../../fakes/clock.ts'
import { claim, entry, useStore } from '../../contracts/store/harness.ts'
import { createSqliteDatabase } from '../sqlite/database.ts'

const fixture = useStore(createSqliteDatabase)
const year = 365 * 24 * hour

const settleLater = async (run: Run | undefined, ms: number, next: 'retry' | 'await'): Promise<void> => {
  const { store, clock } = fixture()
  const at = clock.now() + ms
  const nextStep: NextStep =
    next === 'retry'
      ? { next, at, reason: 'away', countAttempt: true }
      : { next, seen: 1, until: at, reason: 'no answer', asked: true }
  await store.log.settle({ lane: run?.lane ?? '', token: run?.token ?? 0, nextStep })
  await claim(store)
}

/** A lane that waits for this long. */
const putOff = async (ms: number, next: 'retry' | 'await' = 'retry'): Promise<void> => {
  const { store } = fixture()
  await store.log.append([entry('lane', 'a')])
  const [run] = await claim(store)
  await settleLater(run, ms, next)
}

const set = [-year, -26 * hour, -hour, -20 * minute, -10 * minute, 10 * minute, hour, year].map(
  (ms) => [ms / minute, ms] as const,
)

describe.each(set)('after the clock was set by %i minutes', (_, ms) => {
  test.each(['retry', 'await'] as const)(
    'what waits for a time (%s) waits as long as before',
    async (next) => {
      await putOff(3 * minute, next)
      const { store, clock } = fixture()
      clock.set(ms)
      expect(await claim(store)).toEqual([])
      clock.step(3 * minute)
      expect(await claim(store)).toHaveLength(1)
    },
  )

  test('a lane in hand is handed out to nobody else until its lease ends', async () => {
    const { store, clock } = fixture()
    await store.log.append([entry('lane', 'a')])
    await claim(store, { leaseMs: minute })
    clock.set(ms)
    expect(await claim(store)).toEqual([])
    clock.step(minute)
    expect(await claim(store)).toHaveLength(1)
  })

  test('what fails has failed for as long as before', async () => {
    await putOff(3 * minute)
    const { store, clock } = fixture()
    clock.step(3 * minute)
    clock.set(ms)
    const [run] = await claim(store)
    expect((run?.claimedAt ?? 0) - (run?.failingSince ?? 0)).toBe(3 * minute)
  })

  test('what failed is tried again soon after a start, and has not failed for longer than it was tried', async () => {
    await putOff(3 * minute)
    const { clock, reopen } = fixture()
    clock.set(ms)
    await reopen()
    clock.step(6 * minute)
    const [run] = await claim(fixture().store)
    expect(run?.lane).toBe('lane')
    expect((run?.claimedAt ?? 0) - (run?.failingSince ?? 0)).toBeLessThan(2 * hour)
  })

  test('what goes on failing after a start, until the clock is right again, has not begun to fail in the future', async () => {
    await putOff(3 * minute)
    const { clock, reopen } = fixture()
    clock.set(ms)
    await reopen()
    clock.step(4 * minute)
    const [run] = await claim(fixture().store)
    await settleLater(run, 3 * minute, 'retry')
    clock.set(-ms)
    await reopen()
    clock.step(6 * minute)
    const [again] = await claim(fixture().store)
    const failedForMs = (again?.claimedAt ?? 0) - (again?.failingSince ?? 0)
    expect(failedForMs).toBeGreaterThanOrEqual(0)
    expect(failedForMs).toBeLessThan(2 * hour)
  })
})
