import { expect, test } from 'vitest'
import { createGather } from '../../src/relay/gather.ts'
import { createStepClock } from './clock.ts'

const start = (left: number) => {
  const clock = createStepClock()
  const budget = { left }
  const isShort = (needed: number): boolean => budget.left < Math.max(needed, 50)
  return { clock, budget, gather: createGather({ isShort }, clock) }
}

test('with requests to spare nothing waits', () => {
  const { gather } = start(180)
  expect(gather(1, 0)).toBe(0)
  expect(gather(1, 180)).toBe(0)
})

test('while requests are short a batch waits for company, at most a second', () => {
  const { clock, gather } = start(10)
  expect(gather(1, 0)).toBe(1_000)
  clock.step(600)
  expect(gather(40, 0)).toBe(400)
  clock.step(400)
  expect(gather(70, 0)).toBe(0)
  expect(gather(1, 0)).toBe(1_000)
})

test('a full batch goes at once, and so does the next one when requests are there again', () => {
  const { budget, gather } = start(100)
  expect(gather(1, 300)).toBe(1_000)
  expect(gather(1_000, 300)).toBe(0)
  expect(gather(1, 300)).toBe(1_000)
  budget.left = 180
  expect(gather(1, 20)).toBe(0)
})
