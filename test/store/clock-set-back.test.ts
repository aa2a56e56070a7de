import { describe, expect, test } from 'vitest'
import type { LaneFate } from '../../src/store/types.ts'
import { claim, entry, useStore } from '../contracts/store-harness.ts'
import { createSqliteDatabase } from './sqlite-database.ts'

const bench = useStore(createSqliteDatabase)
const minute = 60_000

/** A lane that waits for so long. */
const putOff = async (ms: number, next: 'retry' | 'await' = 'retry'): Promise<void> => {
  const { store, clock } = bench()
  await store.log.append([entry('lane', 'a')])
  const [run] = await claim(store)
  const at = clock.now() + ms
  const fate: LaneFate =
    next === 'retry'
      ? { next, at, reason: 'away', countAttempt: true }
      : { next, seen: 1, until: at, reason: 'no answer', asked: true }
  await store.log.settle({ lane: run?.lane ?? '', token: run?.token ?? 0, fate })
  await claim(store)
}

describe.each([-10, -20, -60, -26 * 60])('after the clock was set back by %i minutes', (minutes) => {
  test.each(['retry', 'await'] as const)(
    'what waits for a time (%s) waits no longer than before',
    async (next) => {
      await putOff(3 * minute, next)
      const { store, clock } = bench()
      clock.advance(minutes * minute)
      expect(await claim(store)).toEqual([])
      clock.advance(3 * minute)
      expect(await claim(store)).toHaveLength(1)
    },
  )

  test('a lane that was left to its lease is handed out when that ends', async () => {
    const { store, clock } = bench()
    await store.log.append([entry('lane', 'a')])
    await claim(store, { leaseMs: minute })
    clock.advance(minutes * minute)
    expect(await claim(store)).toEqual([])
    clock.advance(minute)
    expect(await claim(store)).toHaveLength(1)
  })

  test('what failed is tried again soon after a start', async () => {
    await putOff(3 * minute)
    const { clock, reopen } = bench()
    clock.advance(minutes * minute)
    await reopen()
    clock.advance(6 * minute)
    expect(await claim(bench().store)).toHaveLength(1)
  })
})
