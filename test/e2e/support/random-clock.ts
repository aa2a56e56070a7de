import type { Chance } from '../crash/random.ts'

/** How the clock of one machine is wrong, as settings for the program that runs on it. */
export type ClockSettings = Readonly<Record<string, string>>

/** Has Node.js load the clock that is wrong by `WRONG_CLOCK_…`. */
export const wrongClockOption = `--import=${new URL('wrong-clock.ts', import.meta.url).href}`

/** The clock of the machine on which a process is started: anew for each start. */
export const drawClock = (chance: Chance): ClockSettings => {
  const aheadMs = chance.pick(offsets)
  const ppm = chance.happens(0.3) ? chance.pick(drifts) : 0
  const jumps = chance.happens(0.4) ? drawJumps(aheadMs, chance) : []
  return {
    NODE_OPTIONS: wrongClockOption,
    WRONG_CLOCK_MS: String(aheadMs),
    WRONG_CLOCK_PPM: String(ppm),
    WRONG_CLOCK_JUMPS: jumps.map(([after, by]) => `${after}:${by}`).join(','),
    WRONG_CLOCK_SINCE: String(Date.now()),
  }
}

/** In words, for the line of a round. */
export const clockInWords = (settings: ClockSettings): string => {
  const { WRONG_CLOCK_MS = '0', WRONG_CLOCK_PPM = '0', WRONG_CLOCK_JUMPS = '' } = settings
  const words = [
    `clock ${seconds(WRONG_CLOCK_MS)}`,
    ...(WRONG_CLOCK_PPM === '0' ? [] : [`drifting ${WRONG_CLOCK_PPM} ppm`]),
    ...WRONG_CLOCK_JUMPS.split(',').flatMap((jump) => {
      const [after, by] = jump.split(':')
      return by === undefined ? [] : [`jumping ${seconds(by)} after ${after} ms`]
    }),
  ]
  return words.join(' ')
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const yearMs = 365 * 24 * hourMs

/** NTP has set half of them right. */
const offsets = [
  ...Array.from({ length: 8 }, () => 0),
  ...[1.5, 4, 20, 60].flatMap((minutes) => [minutes * minuteMs, -minutes * minuteMs]),
  -yearMs,
]
/** What a bad crystal does, and what a virtual machine that is starved may do. */
const drifts = [-400, 400, -10_000, 10_000]

/** While it runs NTP sets the clock right, or somebody sets it wrong. */
function drawJumps(aheadMs: number, chance: Chance): readonly (readonly [after: number, by: number])[] {
  const toRight = [chance.between(0, 2_000), -aheadMs] as const
  const away = [chance.between(0, 2_000), chance.pick([90_000, -90_000, hourMs, -hourMs, yearMs])] as const
  return aheadMs !== 0 && chance.happens(0.6) ? [toRight] : [away]
}

function seconds(ms: string): string {
  const number = Number(ms) / 1000
  return `${number < 0 ? '' : '+'}${number} s`
}
