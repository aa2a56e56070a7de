/** When a desk is open: by weekday, and otherwise on some dates. */
export interface OpeningHours {
  /** From Monday on. */
  readonly week: readonly (readonly DayRange[])[]
  /** By date: `2026-12-24`. */
  readonly dates: ReadonlyMap<string, readonly DayRange[]>
}

/** Minutes after the midnight at which its day begins, by the clock on the wall; `to` may lie on the next day. */
export interface DayRange {
  readonly from: number
  readonly to: number
}

/** Opening hours in a time zone. Times are in milliseconds since 1970. */
export interface Desk {
  /** When the desk opens next, where it is closed at that moment; undefined where it is open, or opens in no more than a year. */
  closedUntil(at: number): number | undefined
  /** For how long it is open between two moments; no more than `most` is counted. */
  openMs(from: number, to: number, most: number): number
}

/**
 * Reads opening hours as people write them: `{ 'mon-fri': ['07:00-12:00', '13:00-02:00'], 'sat,sun': '08:00-22:00', '2026-12-24': [] }`. A
 * day that is not named is closed; a range that ends earlier than it begins ends on the next day. Undefined where something was reported.
 */
export const readOpeningHours = (
  given: Readonly<Record<string, string | readonly string[]>>,
  report: (key: string, remedy: string) => void,
): OpeningHours | undefined => {
  const week: (readonly DayRange[] | undefined)[] = days.map(() => undefined)
  const dates = new Map<string, readonly DayRange[]>()
  let isSound = true
  const refuse = (key: string, remedy: string): void => {
    isSound = false
    report(key, remedy)
  }
  for (const [key, times] of Object.entries(given)) {
    const ranges = readRanges([times].flat())
    const weekdays = readDays(key.toLowerCase())
    if (typeof ranges === 'string') refuse(key, ranges)
    else if (isDate(key)) dates.set(key, ranges)
    else if (weekdays === undefined)
      refuse(key, 'must be weekdays (mon, mon-fri, sat,sun) or a date such as 2026-12-24')
    else if (weekdays.some((day) => week[day] !== undefined))
      refuse(key, 'must name no weekday that another line names')
    else for (const day of weekdays) week[day] = ranges
  }
  if (isSound && week.every((ranges = []) => ranges.length === 0))
    refuse(
      '',
      'must have at least one weekday with times such as 07:00-23:00: leave hours out for a desk that is always open',
    )
  return isSound ? { week: week.map((ranges = []) => ranges), dates } : undefined
}

/** Opening hours in a zone (IANA). Throws `RangeError` for a zone that does not exist. */
export const createDesk = ({ week, dates }: OpeningHours, timeZone: string): Desk => {
  const wall = createWall(timeZone)
  const known = new Map<number, readonly Span[]>()

  /** The spans that begin on a day, counted from 1970-01-01. */
  const spansOn = (day: number): readonly Span[] => {
    const before = known.get(day)
    if (before !== undefined) return before
    const date = new Date(day * dayMs).toISOString().slice(0, 10)
    const ranges = dates.get(date) ?? week[(day + 3) % 7] ?? []
    const spans = ranges.map(({ from, to }) => ({
      start: wall.toInstant(day * dayMs + from * minuteMs, 'first'),
      end: wall.toInstant(day * dayMs + to * minuteMs, 'last'),
    }))
    if (known.size >= mostKnown) known.clear()
    known.set(day, spans)
    return spans
  }

  return {
    closedUntil: (at) => {
      const today = wall.dayOf(at)
      const near = [today - 1, today].flatMap(spansOn)
      if (near.some(({ start, end }) => start <= at && at < end)) return undefined
      for (let day = today; day <= today + daysAhead; day += 1) {
        const starts = spansOn(day).flatMap(({ start }) => (start > at ? [start] : []))
        if (starts.length > 0) return Math.min(...starts)
      }
      return undefined
    },
    openMs: (from, to, most) => {
      let open = 0
      let counted = from
      const last = wall.dayOf(to)
      for (let day = wall.dayOf(from) - 1; day <= last && open < most; day += 1) {
        for (const { start, end } of spansOn(day)) {
          const begin = Math.max(start, counted)
          const stop = Math.min(end, to)
          if (stop <= begin) continue
          open += stop - begin
          counted = stop
        }
      }
      return Math.min(open, most)
    },
  }
}

/** A moment as a guest reads it: the time, with the weekday where it is not today or tonight, or the date where it is more than six days ahead. */
export const tellOpening = (
  at: number,
  { now, timeZone, language }: { readonly now: number; readonly timeZone: string; readonly language: string },
): { readonly time: string; readonly day: string | undefined } => {
  const format = (options: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat(language, { ...options, timeZone }).format(at)
  const { dayOf } = createWall(timeZone)
  const ahead = dayOf(at) - dayOf(now)
  const isSoon = ahead === 0 || (ahead === 1 && at - now < soonMs)
  const day =
    ahead <= 6 ? format({ weekday: 'long' }) : format({ weekday: 'long', day: 'numeric', month: 'long' })
  return { time: format({ hour: 'numeric', minute: '2-digit' }), day: isSoon ? undefined : day }
}

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

const minuteMs = 60_000

const dayMs = 24 * 60 * minuteMs

/** A guest who reads an hour in the night or the evening before takes it for the next one. */
const soonMs = 14 * 60 * minuteMs

/** How far ahead an opening is looked for. */
const daysAhead = 366

/** Days whose spans are remembered. */
const mostKnown = 1_000

interface Span {
  readonly start: number
  readonly end: number
}

/** The ranges of a day in order; else what is wrong with them. */
const readRanges = (times: readonly string[]): readonly DayRange[] | string => {
  const ranges: DayRange[] = []
  for (const text of times) {
    const [, ...numbers] = /^(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})$/.exec(text.trim()) ?? []
    const [fromHour = NaN, fromMinute = NaN, toHour = NaN, toMinute = NaN] = numbers.map(Number)
    const [from, to] = [fromHour * 60 + fromMinute, toHour * 60 + toMinute]
    const isTime = from < 1440 && to <= 1440 && fromMinute < 60 && toMinute < 60
    if (!isTime) return 'must have times such as 07:00-23:00'
    if (from === to) return 'must have times that differ: 00:00-24:00 is the whole day'
    ranges.push({ from, to: to > from ? to : to + 1440 })
  }
  const sorted = ranges.toSorted((one, other) => one.from - other.from)
  const overlap = sorted.some(({ from }, index) => from < (sorted[index - 1]?.to ?? 0))
  return overlap ? 'must have times that do not overlap' : sorted
}

/** Weekdays by number, Monday is 0: `mon`, `fri-mon`, `sat,sun`. */
const readDays = (key: string): readonly number[] | undefined => {
  const found: number[] = []
  for (const part of key.split(',')) {
    const [first = '', last = first, ...more] = part.split('-').map((name) => days.indexOf(name.trim()))
    if (first === '' || last === '' || first < 0 || last < 0 || more.length > 0) return undefined
    for (let day = first; ; day = (day + 1) % 7) {
      found.push(day)
      if (day === last) break
    }
  }
  return new Set(found).size === found.length ? found : undefined
}

const isDate = (key: string): boolean => {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(key) ? Date.parse(`${key}T00:00:00Z`) : NaN
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(key)
}

/** What a clock on a wall of that zone shows. Its time is told as if it were UTC. */
const createWall = (timeZone: string) => {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  const shownAt = (at: number): number => {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
    const of = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0
    return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'))
  }
  const offsetAt = (at: number): number => shownAt(at) - Math.floor(at / 1000) * 1000

  return {
    dayOf: (at: number): number => Math.floor(shownAt(at) / dayMs),
    /** The first or last moment that shows a time; one that is skipped in spring is as long after midnight as without. */
    toInstant: (shown: number, which: 'first' | 'last'): number => {
      const offsets = [offsetAt(shown - dayMs), offsetAt(shown + dayMs)]
      const [before = 0] = offsets
      const real = offsets.map((offset) => shown - offset).filter((at) => at + offsetAt(at) === shown)
      if (real.length === 0) return shown - before
      return which === 'first' ? Math.min(...real) : Math.max(...real)
    },
  }
}
