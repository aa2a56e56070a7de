import { createChance, type Chance } from '../../e2e/crash/random.ts'

/** Where a guest writes; the numbers of `guestKinds` in their order. */
export const kinds = ['Slack message', 'Slack thread', 'Teams', 'Booking.com'] as const

/** The platform of each kind. */
export const platformOf = ['slack', 'slack', 'teams', 'channex'] as const

/** Something that somebody does, or that happens to the machine, at a time in milliseconds. */
export type Deed = { readonly at: number } & (
  | { readonly what: 'say'; readonly guest: number; readonly count: number }
  | { readonly what: 'reply'; readonly guest: number }
  | { readonly what: 'resolve'; readonly guest: number; readonly resolved: boolean }
  | { readonly what: 'flush' }
  | { readonly what: 'kill'; readonly acts: number; readonly awayMs: number }
  | { readonly what: 'power'; readonly isLost: boolean; readonly awayMs: number }
  | { readonly what: 'stop'; readonly awayMs: number }
  | { readonly what: 'reload' | 'backup' }
  | { readonly what: 'restore'; readonly awayMs: number }
  | { readonly what: 'clock'; readonly byMs: number }
  | { readonly what: 'full'; readonly forMs: number }
  | { readonly what: 'weather'; readonly weather: Weather }
)

/** A time in which a platform, or the way to it, misbehaves. */
export interface Weather {
  readonly where: 'mews' | 'slack' | 'teams' | 'channex' | 'connector'
  readonly kind: (typeof weathers)[number]
  /** Of the requests, how many it meets: 0 to 1. */
  readonly share: number
  readonly forMs: number
}

export const weathers = [
  'refused',
  'limited',
  'failing',
  'applied',
  'reset',
  'lost answer',
  'half',
  'page',
  'hang',
  'slow',
] as const

/** Everything that happens in one run; the same plan gives the same run. */
export interface Plan {
  readonly seed: number
  /** Of each guest where they write, as a number of `kinds`. */
  readonly guests: readonly number[]
  /** In the order of their times. */
  readonly deeds: readonly Deed[]
  readonly habits: Habits
  /** When everything is well again. */
  readonly calmAt: number
}

/** What the platforms are like, all the time. */
export interface Habits {
  /** How often Slack sends an event twice, and how long events take. */
  readonly again: number
  readonly lagMs: number
  readonly doubled: boolean
  readonly reversed: boolean
  readonly webhooks: 'sent' | 'dropped'
  readonly echo: boolean
  /** What we allow ourselves to ask of Mews in 30 s. */
  readonly requests: number
}

export interface PlanOptions {
  /** The kinds of guests there may be; default all. */
  readonly kinds?: readonly number[]
}

/** What happens in the world of a seed. */
export const createPlan = (seed: number, options: PlanOptions = {}): Plan => {
  const chance = createChance(seed)
  const lasts = chance.between(5, 45) * 1_000
  const allowed = options.kinds ?? kinds.map((_, index) => index)
  const guests = Array.from({ length: chance.between(1, 5) }, () => chance.pick(allowed))
  const talk = guests.flatMap((_, index) => conversation(index + 1, lasts, chance))
  const deeds = [...talk, ...accidents({ lasts, guests, talk }, chance)]
  return {
    seed,
    guests,
    deeds: deeds.toSorted((one, other) => one.at - other.at),
    habits: createHabits(chance),
    calmAt: lasts + 5_000,
  }
}

const createHabits = (chance: Chance): Habits => ({
  again: chance.happens(0.3) ? chance.next() * 0.5 : 0,
  lagMs: chance.happens(0.5) ? chance.between(0, 3_000) : 0,
  doubled: chance.happens(0.2),
  reversed: chance.happens(0.2),
  webhooks: chance.happens(0.2) ? 'dropped' : 'sent',
  echo: chance.happens(0.3),
  requests: chance.happens(0.15) ? chance.between(8, 30) : 180,
})

/** What one guest and the staff write to each other. */
const conversation = (guest: number, lasts: number, chance: Chance): readonly Deed[] => {
  const moment = (): number => Math.floor(chance.next() * lasts)
  const says = Array.from({ length: chance.between(1, 6) }, (): Deed => ({
    at: moment(),
    what: 'say',
    guest,
    count: chance.happens(0.25) ? chance.between(2, 3) : 1,
  }))
  const replies = Array.from({ length: chance.between(0, 5) }, (): Deed => ({
    at: moment(),
    what: 'reply',
    guest,
  }))
  const resolutions = chance.happens(0.2)
    ? [{ at: moment(), what: 'resolve', guest, resolved: chance.happens(0.7) } as const]
    : []
  const burst = chance.happens(0.15)
    ? Array.from({ length: 6 }, (): Deed => ({ at: moment(), what: 'reply', guest }))
    : []
  return [...says, ...replies, ...resolutions, ...burst]
}

/** What accidents go by. */
interface Scene {
  readonly lasts: number
  readonly guests: readonly number[]
  readonly talk: readonly Deed[]
}

/** What goes wrong; in one run in five nothing does. */
const accidents = ({ lasts, guests, talk }: Scene, chance: Chance): readonly Deed[] => {
  if (chance.happens(0.2)) return []
  const moment = (): number => Math.floor(chance.next() * lasts)
  /** Mostly soon after somebody wrote: then most is in hand. */
  const busyMoment = (): number =>
    chance.happens(0.7) ? chance.pick(talk).at + Math.floor(chance.next() * 250) : moment()
  const some = (most: number, make: () => Deed): readonly Deed[] =>
    chance.happens(0.4) ? Array.from({ length: chance.between(1, most) }, make) : []
  const awayMs = (): number => (chance.happens(0.8) ? chance.between(0, 3_000) : chance.between(0, 40_000))
  const seldom = (probability: number, make: () => readonly Deed[]): readonly Deed[] =>
    chance.happens(probability) ? make() : []
  return [
    ...some(6, () => ({ at: busyMoment(), what: 'kill', acts: chance.between(1, 40), awayMs: awayMs() })),
    ...some(2, () => ({ at: busyMoment(), what: 'power', isLost: chance.happens(0.7), awayMs: awayMs() })),
    ...some(2, () => ({ at: moment(), what: 'stop', awayMs: awayMs() })),
    ...some(2, () => ({ at: moment(), what: 'reload' })),
    ...some(5, () => ({ at: moment(), what: 'weather', weather: createWeather(guests, chance) })),
    ...some(2, () => ({ at: moment(), what: 'flush' })),
    ...seldom(0.1, () => [{ at: moment(), what: 'full', forMs: chance.between(500, 20_000) }]),
    ...seldom(0.1, () => [{ at: moment(), what: 'clock', byMs: clockJump(chance) }]),
    ...seldom(0.12, () => [
      { at: moment() / 2, what: 'backup' },
      { at: (lasts + moment()) / 2, what: 'restore', awayMs: awayMs() },
    ]),
  ]
}

const clockJump = (chance: Chance): number => {
  const most = chance.pick([2_000, 60_000, 3_600_000, 26 * 3_600_000])
  return Math.floor((chance.next() * 2 - 1) * most)
}

const createWeather = (guests: readonly number[], chance: Chance): Weather => ({
  where: chance.pick(['mews', 'mews', ...guests.map((kind) => platformOf[kind] ?? 'slack'), 'connector']),
  kind: chance.pick(weathers),
  share: chance.pick([0.1, 0.3, 0.7, 1]),
  forMs: chance.happens(0.7) ? chance.between(200, 5_000) : chance.between(5_000, 40_000),
})
