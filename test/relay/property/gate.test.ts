import { beforeEach, describe, expect, test } from 'vitest'
import { createGate, type Gate, readFailing, resumeFailing } from '../../../src/relay/property/gate.ts'
import { createLogBook } from '../../fakes/log.ts'
import { type ManualClock, createManualClock, day, hour, minute } from '../../fakes/clock.ts'

let clock: ManualClock
let gate: Gate
/** What was told of what fails, and why. */
let changes: unknown[]
beforeEach(() => {
  changes = []
  clock = createManualClock()
  gate = createGate({
    property: 'grand',
    backoff: { firstMs: 1_000, maxMs: minute, random: () => 0.5 },
    clock,
    log: createLogBook().log,
    onChange: (failing, reason) => void changes.push([failing, reason]),
  })
})

const failingSince = (): number | null => gate.state().failingSince

describe('an operation that fails', () => {
  test('does so since its first failure, until it succeeds itself', () => {
    const since = clock.now()
    gate.failed('messages/add', 'no answer')
    clock.step(hour)
    gate.failed('messages/add', 'no answer')
    gate.succeeded('messages/getAll')
    expect(failingSince()).toBe(since)
    gate.succeeded('messages/add')
    expect(gate.state()).toEqual({ failingSince: null, pausedUntil: 0, reason: null })
  })

  test('does so at a rate limit as well, which pauses nothing by itself', () => {
    const since = clock.now()
    gate.limited('messages/add', 'too many requests')
    expect(gate.state()).toEqual({ failingSince: since, pausedUntil: 0, reason: 'too many requests' })
  })

  test('is forgotten when nobody has tried it for a day', () => {
    gate.failed('messageThreads/getAll', 'no answer')
    clock.step(day + minute)
    expect(failingSince()).toBe(null)
    expect(changes.at(-1)).toEqual([{}, null])
    gate.failed('messageThreads/getAll', 'no answer')
    expect(failingSince()).toBe(clock.now())
  })
})

test('whoever shows it is told of every change, also of the reason', () => {
  const since = clock.now()
  gate.failed('messages/add', 'no answer')
  gate.failed('messages/add', 'no answer')
  gate.failed('messages/add', 'not authorised')
  gate.succeeded('messages/add')
  gate.succeeded('messages/add')
  const failing = { 'messages/add': since }
  expect(changes).toEqual([
    [failing, 'no answer'],
    [failing, 'not authorised'],
    [{}, null],
  ])
})

test('the process that goes on with it is told every so often that it was tried', () => {
  for (let count = 0; count <= 30; count += 1) {
    gate.failed('messages/add', 'no answer')
    clock.step(minute)
  }
  expect(changes).toHaveLength(4)
})

test('what nobody tried for long did not fail in that time', () => {
  const failing = { 'messages/add': 0 }
  expect(resumeFailing(failing, 2 * hour, 2 * hour + 20 * minute)).toEqual(failing)
  expect(resumeFailing(failing, 2 * hour, 365 * day)).toEqual({ 'messages/add': 365 * day - 2 * hour })
  expect(resumeFailing(failing, Infinity, day)).toEqual(failing)
})

test('a clock that is set changes nothing about how long it has failed, and ends no pause', () => {
  gate.failed('messages/add', 'no answer', minute)
  clock.step(20_000)
  for (const ms of [365 * day, -2 * 365 * day]) {
    clock.set(ms)
    expect(clock.now() - (failingSince() ?? 0)).toBe(20_000)
    expect(gate.state().pausedUntil - clock.now()).toBe(40_000)
  }
})

test('what is cleared is forgotten, and nobody is told: it is for another process to say', () => {
  gate.failed('messages/add', 'no answer')
  gate.clear()
  expect(gate.state()).toEqual({ failingSince: null, pausedUntil: 0, reason: null })
  expect(changes).toHaveLength(1)
})

test('what an earlier version recorded of failures counts for none', () => {
  expect(['1793640005250', '', undefined].map(readFailing)).toEqual([{}, {}, {}])
})
