import { afterAll, beforeAll, expect, test } from 'vitest'
import { readTime } from '../../../adapters/channex/wire.ts'

const machineZone = process.env['TZ']
beforeAll(() => {
  process.env['TZ'] = 'Asia/Tokyo'
})
afterAll(() => {
  if (machineZone === undefined) delete process.env['TZ']
  else process.env['TZ'] = machineZone
})

const at = Date.UTC(2026, 10, 2, 17, 20, 11, 184)

test.each([
  ['2026-11-02T17:20:11.184230', at],
  ['2026-11-02 17:20:11.184', at],
  ['2026-11-02T17:20:11.1840Z', at],
  ['2026-11-02T18:20:11.184+01:00', at],
  ['2026-11-02T13:20:11.184-0400', at],
  ['2026-11-02', Date.UTC(2026, 10, 2)],
  ['yesterday', undefined],
  ['7', undefined],
  ['2026-13-02T17:20:11', undefined],
  ['', undefined],
  [7, undefined],
  [null, undefined],
])('readTime reads %j as %s', (value, expected) => {
  expect(readTime(value)).toBe(expected)
})

test('the tests’ own zone is not UTC, so that they can fail', () => {
  expect(new Date(at).getTimezoneOffset()).not.toBe(0)
})
