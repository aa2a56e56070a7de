import { beforeEach, describe, expect, test } from 'vitest'
import { readFailing } from '../../src/relay/failing.ts'
import { createGate, type Gate } from '../../src/relay/gate.ts'
import { createLogBook } from '../mews/property.ts'
import { day, hour, minute } from './bench.ts'
import { createStepClock, type StepClock } from './clock.ts'

let clock: StepClock
let gate: Gate
/** What was told of what fails, and why. */
let changes: unknown[]
beforeEach(() => {
  changes = []
  clock = createStepClock()
  gate = createGate({
    property: 'grand',
    backoff: { firstMs: 1_000, maxMs: minute, random: () => 0.5 },
    clock,
    log: createLogBook().log,
    onChange: (...told) => void changes.push(told),
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

test('what is cleared is forgotten, and nobody is told: it is for another process to say', () => {
  gate.failed('messages/add', 'no answer')
  gate.clear()
  expect(gate.state()).toEqual({ failingSince: null, pausedUntil: 0, reason: null })
  expect(changes).toHaveLength(1)
})

test('what an earlier version recorded of failures counts for none', () => {
  expect(['1793640005250', '', undefined].map(readFailing)).toEqual([{}, {}, {}])
})
