import { expect, test } from 'vitest'
import { createMissed } from '../../src/relay/missed.ts'
import { createManualClock } from '../mews/manual-clock.ts'

const start = Date.parse('2026-11-02T17:20:05.000Z')
const none: ReadonlySet<string> = new Set()

/** When it is looked for again after each of the looks in vain, in seconds. */
const looksOf = async (ids: readonly string[]): Promise<readonly number[]> => {
  const clock = createManualClock(start)
  const missed = createMissed(clock)
  missed.add(ids)
  const looks: number[] = []
  while (missed.next() < Infinity) {
    await clock.advance(missed.next() - clock.now())
    looks.push((clock.now() - start) / 1000)
    missed.looked(none)
  }
  return looks
}

test('what is not there is looked for three times more', async () => {
  expect(await looksOf(['one', 'two'])).toEqual([5, 20, 80])
})

test('nothing missed, nothing looked for', async () => {
  expect(await looksOf([])).toEqual([])
})

test('what is missed later has looks of its own, however often others were looked for in vain', async () => {
  const clock = createManualClock(start)
  const missed = createMissed(clock)
  missed.add(['old'])
  await clock.advance(79_000)
  missed.looked(none)
  missed.add(['fresh'])
  expect(missed.next()).toBe(start + 80_000)
  await clock.advance(1_000)
  missed.looked(none)
  expect(missed.next()).toBe(start + 84_000)
  missed.looked(new Set(['fresh']))
  expect(missed.next()).toBe(Infinity)
})

test('what is missed within the same second takes one look', async () => {
  const clock = createManualClock(start)
  const missed = createMissed(clock)
  for (const id of ['one', 'two', 'three']) {
    missed.add([id])
    await clock.advance(200)
  }
  await clock.advance(missed.next() - clock.now())
  missed.looked(none)
  expect(missed.next()).toBe(start + 20_000)
})
