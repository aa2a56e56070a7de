import { describe, expect, test } from 'vitest'

import { toIntervals, widestMessages } from '../../src/mews/fields.ts'

const at = (text: string): number => Date.parse(text)

describe('intervals', () => {
  test('are written without milliseconds and moved outwards to whole seconds', () => {
    expect(
      toIntervals(at('2026-11-02T17:20:05.900Z'), at('2026-11-02T17:30:00.001Z'), widestMessages),
    ).toEqual([{ StartUtc: '2026-11-02T17:20:05Z', EndUtc: '2026-11-02T17:30:01Z' }])
  })

  test('never have equal ends', () => {
    const now = at('2026-11-02T17:20:05Z')
    expect(toIntervals(now, now, widestMessages)).toEqual([
      { StartUtc: '2026-11-02T17:20:05Z', EndUtc: '2026-11-02T17:20:06Z' },
    ])
  })

  test('wider than a month are cut into adjoining ones, oldest first', () => {
    expect(toIntervals(at('2026-01-31T00:00:00Z'), at('2026-04-01T00:00:00Z'), widestMessages)).toEqual([
      { StartUtc: '2026-01-31T00:00:00Z', EndUtc: '2026-02-28T00:00:00Z' },
      { StartUtc: '2026-02-28T00:00:00Z', EndUtc: '2026-03-28T00:00:00Z' },
      { StartUtc: '2026-03-28T00:00:00Z', EndUtc: '2026-04-01T00:00:00Z' },
    ])
  })
})
