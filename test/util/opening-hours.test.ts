import { describe, expect, test } from 'vitest'
import { createDesk, readOpeningHours, tellOpening } from '../../src/util/opening-hours.ts'

type Given = Parameters<typeof readOpeningHours>[0]

const read = (given: Given) => {
  const problems: string[] = []
  const hours = readOpeningHours(given, (key, remedy) => problems.push(`${key}: ${remedy}`))
  return { hours, problems }
}
const deskOf = (given: Given, timeZone = 'Europe/Budapest') => {
  const { hours, problems } = read(given)
  if (hours === undefined) throw new Error(problems.join())
  return createDesk(hours, timeZone)
}
const at = (text: string): number => Date.parse(text)
const opens = (desk: ReturnType<typeof deskOf>, text: string): string => {
  const until = desk.closedUntil(at(text))
  return until === undefined ? 'open' : new Date(until).toISOString()
}
const hour = 3_600_000

describe('a desk', () => {
  const desk = deskOf({
    'mon-fri': ['07:00-12:00', '13:00-23:00'],
    sat: '08:00-22:00',
    '2026-12-24': [],
    '2026-12-27': ['10:00–11:00'],
  })

  test.each([
    // 2026-12-01 is a Tuesday; Budapest is an hour ahead of UTC then.
    ['2026-12-01T05:59:59Z', '2026-12-01T06:00:00.000Z'],
    ['2026-12-01T06:00:00Z', 'open'],
    ['2026-12-01T10:59:59Z', 'open'],
    ['2026-12-01T11:00:00Z', '2026-12-01T12:00:00.000Z'],
    ['2026-12-01T22:00:00Z', '2026-12-02T06:00:00.000Z'],
    // A Saturday night, and the Sunday that is closed.
    ['2026-12-05T21:00:00Z', '2026-12-07T06:00:00.000Z'],
    ['2026-12-06T12:00:00Z', '2026-12-07T06:00:00.000Z'],
    // Christmas Eve is a Thursday.
    ['2026-12-24T09:00:00Z', '2026-12-25T06:00:00.000Z'],
    ['2026-12-26T22:00:00Z', '2026-12-27T09:00:00.000Z'],
    ['2026-12-27T09:30:00Z', 'open'],
  ])('at %s: %s', (moment, expected) => expect(opens(desk, moment)).toBe(expected))

  test('that is open beyond midnight is open in the morning of the next day', () => {
    const bar = deskOf({ fri: ['18:00-02:30'], '2026-12-05': [] })
    expect(opens(bar, '2026-12-05T01:29:00Z')).toBe('open')
    expect(opens(bar, '2026-12-05T01:30:00Z')).toBe('2026-12-11T17:00:00.000Z')
    expect(bar.openMs(at('2026-12-04T00:00:00Z'), at('2026-12-06T00:00:00Z'), Infinity)).toBe(8.5 * hour)
  })

  test('that is always open is never closed', () => {
    const always = deskOf({ 'mon-sun': '00:00-24:00' })
    for (const moment of ['2026-03-29T00:59:59Z', '2026-10-25T00:30:00Z', '2026-12-01T23:00:00Z'])
      expect(opens(always, moment)).toBe('open')
    expect(always.openMs(at('2026-10-24T00:00:00Z'), at('2026-10-26T00:00:00Z'), Infinity)).toBe(48 * hour)
  })

  test('opens by the clock on its wall when the clocks change', () => {
    const early = deskOf({ 'mon-sun': ['07:00-23:00'] })
    expect(opens(early, '2026-03-28T23:30:00Z')).toBe('2026-03-29T05:00:00.000Z')
    expect(opens(early, '2026-10-24T22:30:00Z')).toBe('2026-10-25T06:00:00.000Z')
    const night = deskOf({ 'mon-sun': ['22:00-06:00'] })
    const nights = (from: string, to: string) => night.openMs(at(from), at(to), Infinity)
    expect(nights('2026-03-28T12:00:00Z', '2026-03-29T12:00:00Z')).toBe(7 * hour)
    expect(nights('2026-10-24T12:00:00Z', '2026-10-25T12:00:00Z')).toBe(9 * hour)
  })

  test('whose times are skipped or shown twice when the clocks change still opens and closes', () => {
    const odd = deskOf({ 'mon-sun': ['02:15-02:45'] })
    // In spring 02:15 does not exist: it is as long after midnight as on any other day.
    expect(opens(odd, '2026-03-29T00:30:00Z')).toBe('2026-03-29T01:15:00.000Z')
    // In autumn both halves of the hour that comes twice belong to it.
    expect(opens(odd, '2026-10-25T00:00:00Z')).toBe('2026-10-25T00:15:00.000Z')
    expect(opens(odd, '2026-10-25T01:44:00Z')).toBe('open')
    expect(opens(odd, '2026-10-25T01:45:00Z')).toBe('2026-10-26T01:15:00.000Z')
  })

  test.each([
    ['Asia/Kathmandu', '2026-12-01T01:15:00.000Z'],
    ['Pacific/Auckland', '2026-12-01T18:00:00.000Z'],
    ['America/St_Johns', '2026-12-01T10:30:00.000Z'],
    ['Australia/Lord_Howe', '2026-12-01T20:00:00.000Z'],
  ])('in %s opens at its own seven o’clock', (zone, expected) =>
    expect(opens(deskOf({ 'mon-sun': ['07:00-08:00'] }, zone), '2026-12-01T00:00:00Z').slice(10)).toBe(
      expected.slice(10),
    ),
  )

  test('counts its open time alone, and no more than it is asked for', () => {
    const from = at('2026-12-01T21:50:00Z')
    const to = at('2026-12-02T06:10:00Z')
    expect(desk.openMs(from, to, Infinity)).toBe(hour / 3)
    expect(desk.openMs(from, to, hour / 6)).toBe(hour / 6)
    expect(desk.openMs(from, from, Infinity)).toBe(0)
    expect(desk.openMs(at('2020-01-01T00:00:00Z'), to, hour)).toBe(hour)
  })
})

test.each([
  [{}, ': must have at least one weekday'],
  [{ 'mon-fri': [] }, ': must have at least one weekday'],
  [{ '2026-12-24': ['07:00-08:00'] }, ': must have at least one weekday'],
  [{ monday: ['07:00-08:00'] }, 'monday: must be weekdays'],
  [{ 'mon-fri-sun': ['07:00-08:00'] }, 'mon-fri-sun: must be weekdays'],
  [{ 'mon,mon-tue': ['07:00-08:00'] }, 'mon,mon-tue: must be weekdays'],
  [{ '2026-02-30': ['07:00-08:00'] }, '2026-02-30: must be weekdays'],
  [{ 'mon-fri': ['07:00-08:00'], fri: [] }, 'fri: must name no weekday'],
  [{ mon: ['7-8'] }, 'mon: must have times such as 07:00-23:00'],
  [{ mon: ['07:00-24:01'] }, 'mon: must have times such as 07:00-23:00'],
  [{ mon: ['24:00-25:00'] }, 'mon: must have times such as 07:00-23:00'],
  [{ mon: ['07:60-08:00'] }, 'mon: must have times such as 07:00-23:00'],
  [{ mon: ['07:00-07:00'] }, 'mon: must have times that differ'],
  [{ mon: ['07:00-12:00', '11:59-13:00'] }, 'mon: must have times that do not overlap'],
  [{ mon: ['22:00-06:00', '23:00-23:30'] }, 'mon: must have times that do not overlap'],
] as const)('nonsense is refused: %o', (given, problem) => {
  const { hours, problems } = read(given)
  expect(hours).toBeUndefined()
  expect(problems).toEqual([expect.stringContaining(problem)])
})

test('weekdays may be written in any order, and in capitals', () => {
  const desk = deskOf({ 'Fri-Mon': ['07:00-08:00'], 'WED,TUE': ['09:00-10:00'] })
  expect(opens(desk, '2026-12-03T12:00:00Z')).toBe('2026-12-04T06:00:00.000Z')
  expect(opens(desk, '2026-12-07T12:00:00Z')).toBe('2026-12-08T08:00:00.000Z')
})

test.each([
  ['2026-12-01T22:30:00Z', '2026-12-02T06:00:00Z', 'en-GB', '7:00', undefined],
  ['2026-12-01T05:30:00Z', '2026-12-01T06:00:00Z', 'en-GB', '7:00', undefined],
  ['2026-12-06T12:00:00Z', '2026-12-07T06:00:00Z', 'en-GB', '7:00', 'Monday'],
  ['2026-12-06T12:00:00Z', '2026-12-07T06:00:00Z', 'de-AT', '7:00', 'Montag'],
  ['2026-12-01T12:00:00Z', '2027-01-04T06:00:00Z', 'en-GB', '7:00', 'Monday 4 January'],
  ['2026-12-01T22:30:00Z', '2026-12-02T06:00:00Z', 'en-US', '7:00 AM', undefined],
])('a guest reads at %s when the desk opens: %s', (now, moment, language, time, day) => {
  const told = tellOpening(at(moment), { now: at(now), timeZone: 'Europe/Budapest', language })
  expect({ ...told, time: told.time.replace(/^0/, '').replace('\u202f', ' ') }).toEqual({ time, day })
})
