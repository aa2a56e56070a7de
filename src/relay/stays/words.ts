import type { TextName, Texts } from '../texts.ts'
import { type FoundStays, mostTold, type Stay } from './find-stays.ts'

/** In what a stay is told. */
interface Telling {
  readonly texts: Texts
  /** The hotel's, an IANA name; undefined: UTC. */
  readonly timeZone: string | undefined
  /** By Mews's clock, in milliseconds since 1970. */
  readonly now: number
}

/** Says to the staff whose stay it is: one stay on the same line, up to three on lines of their own, of more only how many. */
export const formatStays = ({ by, name, guests, stays }: FoundStays, telling: Telling): string => {
  const { texts } = telling
  const template = by === 'number' ? 'stayByNumber' : 'stayByEmail'
  if (guests > 1) return texts.say(template, { stay: texts.say('stayGuests', { count: String(guests) }) })
  const names = name === '' ? [] : [name]
  if (stays.length > mostTold) {
    const many = texts.say('stayMany', { count: String(stays.length) })
    return texts.say(template, { stay: [...names, many].join(separator) })
  }
  const [first, ...others] = stays.map((stay) => partsOf(stay, telling).join(separator))
  if (others.length === 0) return texts.say(template, { stay: [...names, first].join(separator) })
  return texts.say(template, { stay: [names.join(''), first, ...others].filter(Boolean).join('\n') })
}

const separator = ' · '

const stateTexts: Readonly<Record<string, TextName>> = {
  Started: 'stayStarted',
  Confirmed: 'stayConfirmed',
  Optional: 'stayOptional',
  Inquired: 'stayInquired',
  Requested: 'stayRequested',
  Processed: 'stayProcessed',
}

const partsOf = ({ room, number, state, role, ...span }: Stay, telling: Telling): readonly string[] => {
  const { texts } = telling
  const name = stateTexts[state]
  return [
    room === undefined || room === '' ? '' : texts.say('stayRoom', { room }),
    datesOf(span, telling),
    number === '' ? '' : texts.say('stayNumber', { number }),
    name === undefined ? state : texts.say(name),
    role === 'booker' ? texts.say('stayBooker') : role === 'companion' ? texts.say('stayCompanion') : '',
  ].filter((part) => part !== '')
}

/** The days of arrival and departure at the hotel, with the year where it is not this one. */
const datesOf = (
  { start, end }: Pick<Stay, 'start' | 'end'>,
  { texts: { language }, timeZone = 'UTC', now }: Telling,
): string => {
  const yearOf = (at: number): string =>
    new Intl.DateTimeFormat('en', { year: 'numeric', timeZone }).format(at)
  const year = yearOf(start) === yearOf(now) ? {} : ({ year: 'numeric' } as const)
  const format = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short', ...year, timeZone })
  return format
    .formatRange(start, end)
    .replaceAll(/[\u2009\u202f]/g, ' ')
    .replace(/^(\d+) – (\d)/, '$1–$2')
}
