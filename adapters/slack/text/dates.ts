/** How the tokens of Slack's date formats are written; `{ago}` and `today` would be wrong by the time the hotel reads them. */
const tokens: ReadonlyMap<string, (date: DateParts) => string> = new Map([
  ['date_num', ({ year, month, day }) => `${year}-${month}-${day}`],
  ['date_slash', ({ year, month, day }) => `${day}/${month}/${year}`],
  ['date', toFullDate],
  ['date_pretty', toFullDate],
  ['date_long_full', toFullDate],
  ['date_long', toLongDate],
  ['date_long_pretty', toLongDate],
  ['day_divider_pretty', toLongDate],
  ['date_short', toShortDate],
  ['date_short_pretty', toShortDate],
  ['time', toTime],
  ['member_local_time', toTime],
  ['time_secs', (date) => `${toTime(date)}:${date.second}`],
  ['ago', (date) => `${toShortDate(date)} ${toTime(date)}`],
])

/**
 * A moment as a format of Slack's says it, in the hotel's time zone, with the year always and the time in 24 hours: `{date_short} at
 * {time}` → `2 Nov 2026 at 18:20`. `seconds` since 1970; `timeZone`: an IANA name. Where that is unknown it is UTC and says so. Undefined
 * for what is no moment, and for a format without a token that is known
 * (https://docs.slack.dev/messaging/formatting-message-text#date-formatting).
 */
export function formatDate(
  seconds: number,
  format: string,
  timeZone: string | undefined,
): string | undefined {
  const known = timeZone === undefined ? undefined : findFormat(timeZone)
  const parts = readParts(seconds, known ?? findFormat('UTC'))
  if (parts === undefined) return undefined
  let isKnown = false
  const text = format.replaceAll(/\{(\w+)\}/g, (token, name: string) => {
    const write = tokens.get(name)
    if (write === undefined) return token
    isKnown = true
    return write(parts)
  })
  if (!isKnown) return undefined
  return known === undefined ? `${text} (UTC)` : text
}

/** What a moment is where no format says how to show it. */
export const plainFormat = '{date_short} {time}'

const formats = new Map<string, Intl.DateTimeFormat | undefined>()

const monthNames = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

/** The largest moment that a date can be, in seconds since 1970. */
const maxSeconds = 8.64e12

type DateParts = Readonly<
  Record<'weekday' | 'year' | 'month' | 'monthName' | 'day' | 'hour' | 'minute' | 'second', string>
>

function toFullDate({ day, monthName, year }: DateParts): string {
  return `${Number(day)} ${monthName} ${year}`
}

function toLongDate(date: DateParts): string {
  return `${date.weekday}, ${toFullDate(date)}`
}

function toShortDate({ day, monthName, year }: DateParts): string {
  return `${Number(day)} ${monthName.slice(0, 3)} ${year}`
}

function toTime({ hour, minute }: DateParts): string {
  return `${hour}:${minute}`
}

/** Undefined for an unknown zone. The cache has one entry for each hotel's zone. */
function findFormat(timeZone: string): Intl.DateTimeFormat | undefined {
  if (formats.has(timeZone)) return formats.get(timeZone)
  const format = createFormat(timeZone)
  formats.set(timeZone, format)
  return format
}

function createFormat(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hourCycle: 'h23',
      weekday: 'long',
      year: 'numeric',
      month: 'long',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    })
  } catch {
    return undefined
  }
}

function readParts(seconds: number, format: Intl.DateTimeFormat | undefined): DateParts | undefined {
  if (format === undefined || !(Math.abs(seconds) <= maxSeconds)) return undefined
  const found = new Map(format.formatToParts(seconds * 1000).map(({ type, value }) => [type, value]))
  const part = (name: Intl.DateTimeFormatPartTypes): string => found.get(name) ?? ''
  const monthName = part('month')
  return {
    weekday: part('weekday'),
    year: part('year'),
    month: String(monthNames.indexOf(monthName) + 1).padStart(2, '0'),
    monthName,
    day: part('day'),
    hour: part('hour'),
    minute: part('minute'),
    second: part('second'),
  }
}
