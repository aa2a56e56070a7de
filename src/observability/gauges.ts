import { Gauge, type Registry } from 'prom-client'
import type { Adapter, Clock, RemoteClock } from '../port.ts'
import type { HotelConnection } from '../relay/property/hotel.ts'
import { readOtherWriting } from '../relay/restore/other-writers.ts'
import type { Figures, GroupFigures } from '../store/admin/types.ts'
import type { Marks } from '../store/types.ts'

export interface GaugeOptions extends Omit<FactsOptions, 'properties'> {
  readonly registry: Registry
  readonly hotels: readonly HotelConnection[]
  /** Other systems' own, by name: `mews`, and those of platforms. Default none. */
  readonly clocks?: Clocks
}

/** Other systems' own clocks, by name. */
export const clocksOf = (mews: ShownClock, adapters: ReadonlyMap<string, Adapter>): Clocks => {
  const clocks = new Map([['mews', mews]])
  for (const [name, { clock }] of adapters) if (clock !== undefined) clocks.set(name, clock)
  return clocks
}

/**
 * What is read when somebody asks: how much waits, since when, and how each property fares. While the database cannot be asked, only
 * `mews_chat_database_up` has a value.
 */
export const createGauges = ({
  registry,
  hotels,
  clocks = new Map(),
  ...options
}: GaugeOptions): (() => Promise<void>) => {
  const gauge: MakeGauge = (name, help, labelNames) => {
    // The properties of an earlier configuration stand in the gauge that was made of it.
    registry.removeSingleMetric(name)
    return new Gauge({ registers: [registry], name, help, labelNames })
  }
  const readFacts = createReadFacts({ ...options, properties: hotels.map(({ key }) => key) })
  const setFacts = createFactGauges(gauge)
  const setProperties = createPropertyGauges(gauge, hotels)
  const setClocks = createClockGauge(gauge, clocks)
  return async () => {
    setFacts(await readFacts(), options.clock.now(), (clocks.get('mews') ?? options.clock).now())
    setProperties()
    setClocks()
  }
}

/** What the database knows of all processes' work, at one moment. */
export interface Facts {
  readonly groups: readonly GroupFigures[]
  /** Events that stand in no conversation yet, by state. */
  readonly spooled: Readonly<Record<string, number>>
  readonly failed: number
  readonly twice: number
  /** How many guests wait for the staff, and since when the first does, by property. */
  readonly unreplied: Awaited<ReturnType<Figures['unreplied']>>
  /** When replies were last looked for, by property; properties for which they never were are left out. */
  readonly syncedAt: ReadonlyMap<string, number>
  /** How many turns and threads others wrote to Mews lately, by property. */
  readonly unknownTurns: ReadonlyMap<string, number>
}

/** Prometheus gives up after 10 s by default. */
const limitMs = 5_000

export interface FactsOptions {
  readonly figures: Figures
  readonly marks: Marks
  readonly properties: readonly string[]
  readonly clock: Clock
}

type Clocks = ReadonlyMap<string, ShownClock>

type ShownClock = Pick<RemoteClock, 'now' | 'skewMs'>

type MakeGauge = <Label extends string>(
  name: string,
  help: string,
  labelNames: readonly Label[],
) => Gauge<Label>

/**
 * Asks the database; undefined while it cannot be asked or does not answer in time. Concurrent callers share one answer, so that a database
 * that hangs is asked once.
 */
const createReadFacts = (options: FactsOptions): (() => Promise<Facts | undefined>) => {
  const { clock } = options
  let reading: Promise<Facts | undefined> | undefined

  const begin = async (): Promise<Facts | undefined> => {
    try {
      return await read(options)
    } catch {
      return undefined
    } finally {
      reading = undefined
    }
  }

  return async () => {
    const answered = new AbortController()
    const late = clock.sleep(limitMs, answered.signal).then(() => undefined)
    try {
      return await Promise.race([(reading ??= begin()), late])
    } finally {
      answered.abort()
    }
  }
}

const read = async ({ figures, marks, properties, clock }: FactsOptions): Promise<Facts> => {
  const groups = await figures.groups()
  const spooled = { ...(await figures.spooled()) }
  const counts = await figures.failureCounts()
  const unreplied = withAll(properties, await figures.unreplied())
  const syncedAt = new Map<string, number>()
  const unknownTurns = new Map<string, number>()
  for (const property of properties) {
    const others = await readOtherWriting(property, marks, clock.now())
    unknownTurns.set(property, others === undefined ? 0 : others.turns + others.threads)
    const at = await marks.get(`synced:${property}:active`)
    if (at !== undefined) syncedAt.set(property, Number(at))
  }
  return { groups, spooled, ...counts, unreplied, syncedAt, unknownTurns }
}

/** Every property has a number, so that an alert ends where nobody waits any more. */
const withAll = (properties: readonly string[], found: Facts['unreplied']): Facts['unreplied'] => {
  const known = new Set(found.map(({ property }) => property))
  const none = properties.filter((property) => !known.has(property))
  return [...found, ...none.map((property) => ({ property, conversations: 0, oldestAt: Infinity }))]
}

/** Gauges of what the database knows; what is not known has no value. */
const createFactGauges = (
  gauge: MakeGauge,
): ((facts: Facts | undefined, now: number, atMews: number) => void) => {
  const where = ['direction', 'name'] as const
  const waiting = gauge('mews_chat_waiting', 'Entries that are not done.', where)
  const failing = gauge(
    'mews_chat_failing_conversations',
    'Conversations that wait because something failed.',
    where,
  )
  const oldest = gauge(
    'mews_chat_oldest_waiting_seconds',
    'For how long the longest waiting conversation waits.',
    where,
  )
  const unrouted = gauge(
    'mews_chat_unrouted_conversations',
    'Conversations that wait until their guest says which hotel is meant; they count neither as failing nor as waiting for long.',
    where,
  )
  const unplaced = gauge(
    'mews_chat_unplaced',
    'Events that are on disk and stand in no conversation yet, or never could (refused).',
    ['state'],
  )
  const failed = gauge('mews_chat_failed_parts', 'Recorded parts that were given up or refused.', [])
  const twice = gauge('mews_chat_possibly_twice_parts', 'Recorded parts that may be there twice.', [])
  const syncAge = gauge('mews_chat_sync_age_seconds', 'Since the last look for replies.', ['property'])
  const unknown = gauge(
    'mews_chat_unknown_turns',
    'Messages and threads that another connector has written to Mews with the same access token, within a day.',
    ['property'],
  )
  const setUnreplied = createUnrepliedGauges(gauge)
  const up = gauge('mews_chat_database_up', '1 while the database answers; 0: what it knows is left out.', [])

  return (facts, now, atMews) => {
    for (const each of [waiting, failing, oldest, unrouted, unplaced, syncAge, unknown]) each.reset()
    setUnreplied(facts, atMews)
    // To reset one without labels would make it 0.
    for (const each of [failed, twice]) each.remove()
    up.set(facts === undefined ? 0 : 1)
    if (facts === undefined) return
    for (const group of facts.groups) {
      const labels = split(group.group)
      waiting.set(labels, group.waiting)
      failing.set(labels, group.failing)
      if (group.oldestAt !== null) oldest.set(labels, Math.max(0, now - group.oldestAt) / 1000)
      if (group.asked > 0) unrouted.set(labels, group.asked)
    }
    for (const [state, entries] of Object.entries(facts.spooled)) unplaced.set({ state }, entries)
    failed.set(facts.failed)
    twice.set(facts.twice)
    for (const [property, turns] of facts.unknownTurns) unknown.set({ property }, turns)
    for (const [property, at] of facts.syncedAt) syncAge.set({ property }, Math.max(0, atMews - at) / 1000)
  }
}

/** Gauges of guests who wait for the staff. */
const createUnrepliedGauges = (gauge: MakeGauge): ((facts: Facts | undefined, atMews: number) => void) => {
  const unreplied = gauge(
    'mews_chat_unreplied_conversations',
    'Conversations whose guests wait for the staff.',
    ['property'],
  )
  const oldest = gauge(
    'mews_chat_oldest_unreplied_seconds',
    'For how long the guest has waited who waits longest for the staff; 0: none waits.',
    ['property'],
  )
  return (facts, atMews) => {
    for (const each of [unreplied, oldest]) each.reset()
    for (const { property, conversations, oldestAt } of facts?.unreplied ?? []) {
      unreplied.set({ property }, conversations)
      oldest.set({ property }, Math.max(0, atMews - oldestAt) / 1000)
    }
  }
}

/** A lane group's direction and, behind the colon, the property or platform. */
const split = (group: string): { readonly direction: string; readonly name: string } => {
  const colon = group.indexOf(':')
  return { direction: group.slice(0, colon), name: group.slice(colon + 1) }
}

/** The state of the properties that this process works for; other processes report the others. */
const createPropertyGauges = (gauge: MakeGauge, hotels: readonly HotelConnection[]): (() => void) => {
  const left = gauge('mews_chat_mews_requests_left', 'Requests to Mews that could be made now.', ['property'])
  const paused = gauge('mews_chat_property_paused', '1 while Mews cannot be called for a property.', [
    'property',
  ])
  return () => {
    for (const each of [left, paused]) each.reset()
    for (const hotel of hotels) {
      if (!hotel.isLeaseHolder()) continue
      const { key: property, gate, budget } = hotel
      left.set({ property }, budget.state().left)
      paused.set({ property }, gate.state().failingSince === null ? 0 : 1)
    }
  }
}

/** How far this machine's clock is ahead of others; what is not known yet has no value. */
const createClockGauge = (gauge: MakeGauge, clocks: Clocks): (() => void) => {
  const skew = gauge(
    'mews_chat_clock_skew_seconds',
    'How far the clock of this machine is ahead of another system’s; negative: behind.',
    ['clock'],
  )
  return () => {
    for (const [name, remote] of clocks) {
      const skewMs = remote.skewMs()
      if (skewMs !== undefined) skew.set({ clock: name }, skewMs / 1000)
    }
  }
}
