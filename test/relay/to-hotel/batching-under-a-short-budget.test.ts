import { expect, test } from 'vitest'
import { createBatchTiming } from '../../../src/relay/to-hotel/batching.ts'
import { createManualClock } from '../../fakes/clock.ts'

const start = (left: number) => {
  const clock = createManualClock()
  const budget = { left }
  const isShort = (needed: number): boolean => budget.left < Math.max(needed, 50)
  return { clock, budget, batchTiming: createBatchTiming({ isShort }, clock) }
}

test('with requests to spare nothing waits', () => {
  const { batchTiming } = start(180)
  batchTiming.sent()
  expect(batchTiming.beforeClaim(0)).toBe(0)
  expect(batchTiming.beforeSending(1, 180)).toBe(0)
})

test('while requests are short claims are half a second apart, and the first one of all does not wait', () => {
  const { clock, batchTiming } = start(10)
  expect(batchTiming.beforeClaim(0)).toBe(0)
  expect(batchTiming.beforeSending(1, 0)).toBe(0)
  batchTiming.sent()
  expect(batchTiming.beforeClaim(0)).toBe(500)
  clock.step(300)
  expect(batchTiming.beforeClaim(0)).toBe(200)
  clock.step(200)
  expect(batchTiming.beforeClaim(0)).toBe(0)
})

test('where a claim was full more waits, and the next one goes at once', () => {
  const { batchTiming } = start(10)
  batchTiming.claimed(1_000)
  batchTiming.sent()
  expect(batchTiming.beforeClaim(0)).toBe(0)
  batchTiming.claimed(999)
  batchTiming.sent()
  expect(batchTiming.beforeClaim(0)).toBe(500)
})

test('a batch waits for what is being prepared, at most half a second; a full one goes at once', () => {
  const { clock, budget, batchTiming } = start(100)
  expect(batchTiming.beforeSending(1, 300)).toBe(500)
  clock.step(350)
  expect(batchTiming.beforeSending(70, 200)).toBe(150)
  expect(batchTiming.beforeSending(1_000, 200)).toBe(0)
  clock.step(150)
  expect(batchTiming.beforeSending(80, 200)).toBe(0)
  batchTiming.sent()
  expect(batchTiming.beforeSending(1, 200)).toBe(500)
  budget.left = 180
  expect(batchTiming.beforeSending(1, 20)).toBe(0)
})
