import { getEventListeners } from 'node:events'
import { expect, it } from 'vitest'
import { systemClock } from '../../src/clock.ts'

it('tells the time in milliseconds since 1970', () => {
  expect(Math.abs(systemClock.now() - new Date().getTime())).toBeLessThan(1000)
})

it('sleeps at least as long as it is told', async () => {
  const before = performance.now()
  await systemClock.sleep(20)
  expect(performance.now() - before).toBeGreaterThan(18)
})

it('wakes when the signal aborts, and does not sleep when it has', async () => {
  const controller = new AbortController()
  const sleeping = systemClock.sleep(60_000, controller.signal)
  controller.abort()
  await sleeping
  await expect(systemClock.sleep(60_000, controller.signal)).resolves.toBeUndefined()
})

it('leaves no listener on a signal that lives longer than the sleep', async () => {
  const { signal } = new AbortController()
  await systemClock.sleep(1, signal)
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)
})
