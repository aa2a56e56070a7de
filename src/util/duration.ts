const units = [
  ['day', 24 * 3_600_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

/** A span of time in the largest unit of which there is one, in a language (BCP 47): `30 days`, `1,5 Stunden`; at least a minute. `digits`: at most so many after the point. */
export function formatDuration(ms: number, language: string, digits = 1): string {
  const [unit, length] = units.find(([, size]) => ms >= size) ?? units[2]
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit,
    unitDisplay: 'long',
    maximumFractionDigits: digits,
  }).format(Math.max(1, ms / length))
}
