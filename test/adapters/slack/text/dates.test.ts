import { describe, expect, it } from 'vitest'
import { formatDate } from '../../../../adapters/slack/text/dates.ts'

/** 2 November 2026, 17:20:11 UTC. */
const at = 1_793_640_011

describe('formatDate', () => {
  it.each([
    ['{date_num}', '2026-11-02'],
    ['{date_slash}', '02/11/2026'],
    ['{date}', '2 November 2026'],
    ['{date_pretty}', '2 November 2026'],
    ['{date_long_full}', '2 November 2026'],
    ['{date_long}', 'Monday, 2 November 2026'],
    ['{date_long_pretty}', 'Monday, 2 November 2026'],
    ['{day_divider_pretty}', 'Monday, 2 November 2026'],
    ['{date_short}', '2 Nov 2026'],
    ['{date_short_pretty}', '2 Nov 2026'],
    ['{time}', '18:20'],
    ['{member_local_time}', '18:20'],
    ['{time_secs}', '18:20:11'],
    ['{ago}', '2 Nov 2026 18:20'],
    ['on {date_short} at {time}, {other}', 'on 2 Nov 2026 at 18:20, {other}'],
  ])('tells %s in the hotel’s time zone', (format, expected) => {
    expect(formatDate(at, format, 'Europe/Budapest')).toBe(expected)
  })

  it.each([
    ['America/Los_Angeles', '1 Nov 2026 16:30'],
    ['Asia/Tokyo', '2 Nov 2026 09:30'],
    ['Asia/Kathmandu', '2 Nov 2026 06:15'],
    [undefined, '2 Nov 2026 00:30 (UTC)'],
    ['Mars/Olympus', '2 Nov 2026 00:30 (UTC)'],
    ['', '2 Nov 2026 00:30 (UTC)'],
  ])('tells the day and hour of %s', (timeZone, expected) => {
    expect(formatDate(1_793_579_400, '{date_short} {time}', timeZone)).toBe(expected)
  })

  it.each([
    [NaN, '{date}'],
    [Infinity, '{date}'],
    [8.65e12, '{date}'],
    [at, ''],
    [at, '{other}'],
    [at, '{constructor}'],
  ])('does not tell %d as %j', (seconds, format) => {
    expect(formatDate(seconds, format, 'UTC')).toBeUndefined()
  })
})
