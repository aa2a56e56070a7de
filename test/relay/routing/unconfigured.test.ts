import { expect, test } from 'vitest'
import { findUnconfigured, whyUnconfigured } from '../../../src/relay/routing/router.ts'

const known = new Set(['Grand Hotel'])

test('what waits for a property that is not configured is told, with the remedy', () => {
  const figures = { lanes: 1, waiting: 3, failing: 0, asked: 0, oldestAt: 0 }
  const groups = ['turn:Grand Hotel', 'turn:Old: Mill', 'unrouted:slack', 'reply:slack'].map((group) => ({
    ...figures,
    group,
  }))
  expect(findUnconfigured(groups, known)).toEqual([
    { property: 'Old: Mill', waiting: 3, reason: expect.stringContaining('`key: Old: Mill`') },
  ])
  expect(whyUnconfigured('turn:Grand Hotel', known)).toBeUndefined()
})
