import { expect, test } from 'vitest'
import { readRetryAfter } from '../../src/util/retry-after.ts'

const now = Date.parse('2026-11-02T17:20:05Z')
const inTenSeconds = String(now / 1000 + 10)

test.each([
  ['12', 12_000],
  [' 12 ', 12_000],
  ['0', 1000],
  ['-5', 1000],
  ['1.5', 1500],
  ['86400', 600_000],
  ['Infinity', 600_000],
  [inTenSeconds, 10_000],
  ['Mon, 02 Nov 2026 17:20:35 GMT', 30_000],
  ['Mon, 02 Nov 2026 17:00:00 GMT', 1000],
  ['soon', undefined],
  ['', undefined],
  [null, undefined],
  [undefined, undefined],
])('Retry-After %j is read as %j ms', (header, expected) => {
  expect(readRetryAfter(header, now, 600_000)).toBe(expected)
})
