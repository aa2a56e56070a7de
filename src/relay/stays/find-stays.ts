import { LRUCache } from 'lru-cache'
import type { MewsCustomer, MewsReservation, ReservationQuery, StayOperations } from '../../mews/stays.ts'
import type { Clock, Identity } from '../../port.ts'
import { cleanName } from '../../util/text.ts'

/** A stay, as the staff are told of it. Times are milliseconds since 1970. */
export interface Stay {
  /** As Mews spells it: `Started`, `Confirmed`… */
  readonly state: string
  readonly start: number
  readonly end: number
  /** The confirmation number; empty where there is none. */
  readonly number: string
  /** The room's name, where one is assigned and known. */
  readonly room: string | undefined
  /** How the person has to do with it, where it is not their own. */
  readonly role?: 'booker' | 'companion'
}

/** Whose stay it is, as far as Mews tells. */
export interface FoundStays {
  readonly by: 'number' | 'email'
  /** The guest's name in Mews; empty where it is not known, or several guests are found. */
  readonly name: string
  /** How many guests with stays have the address. */
  readonly guests: number
  /** Those that matter most now, the nearest first; at least one. */
  readonly stays: readonly Stay[]
}

/** Finds whose stay it is; undefined where nothing is found. Makes at most four requests, and throws `MewsError`. */
export type FindStays = (identity: Identity, signal: AbortSignal) => Promise<FoundStays | undefined>

/** Looks in Mews, and remembers for a while what was found. `clock`: Mews's, for what has ended. */
export const createFindStays = (
  operations: StayOperations,
  clocks: { readonly clock: Clock; readonly mewsClock: Pick<Clock, 'now'> },
): FindStays => {
  const { clock, mewsClock } = clocks
  const known = new LRUCache<string, { readonly found: FoundStays | undefined }>({
    max: mostKnown,
    ttlResolution: 0,
    perf: clock,
  })
  const nameRooms = createNameRooms(operations, clock)

  const look = async (
    by: FoundStays['by'],
    wanted: string,
    ask: (signal: AbortSignal, left: Left) => Promise<Listed>,
    context: { readonly signal: AbortSignal; readonly left: Left },
  ): Promise<FoundStays | undefined> => {
    const key = `${by} ${wanted}`
    const before = known.get(key)
    if (before !== undefined) return before.found
    const { signal, left } = context
    const listed = await ask(signal, left)
    const found = await toFound(by, listed, (ids) => nameRooms(ids, signal, left))
    known.set(key, { found }, { ttl: found === undefined ? unknownForMs : knownForMs })
    return found
  }

  const toFound = async (
    by: FoundStays['by'],
    { customers, reservations, isCompanion }: Listed,
    name: (ids: readonly string[]) => Promise<ReadonlyMap<string, string>>,
  ): Promise<FoundStays | undefined> => {
    const now = mewsClock.now()
    const relevant = reservations.filter((each) => isRelevant(each, now))
    const nearest = chooseNearest(relevant)
    if (nearest.length === 0) return undefined
    const owners = new Set(isCompanion ? customers.map(({ id }) => id) : relevant.map(ownerOf(customers)))
    const guests = by === 'number' ? 1 : owners.size
    const isTold = guests === 1 && nearest.length <= mostTold
    const rooms = isTold
      ? await name(nearest.flatMap(({ roomId }) => roomId ?? []))
      : new Map<string, string>()
    const [person] = guests === 1 ? customers.filter(({ id }) => owners.has(id)) : []
    const toStay = (reservation: MewsReservation): Stay => {
      const { state, start, end, number, roomId = '' } = reservation
      const role = isCompanion ? 'companion' : roleOf(reservation, person)
      return { state, start, end, number, room: rooms.get(roomId), ...(role && { role }) }
    }
    const stays = nearest.map(toStay).toSorted(byNearness(now))
    return { by, name: cleanName(person?.name ?? ''), guests, stays }
  }

  return async ({ bookingNumber, email }, signal) => {
    const context = { signal, left: createLeft() }
    const number = bookingNumber?.trim() ?? ''
    const address = email?.trim().toLowerCase() ?? ''
    const byNumber =
      number === '' ? undefined : await look('number', number, askByNumber(operations, number), context)
    if (byNumber !== undefined || !isOwnAddress(address)) return byNumber
    return look('email', address, askByEmail(operations, address), context)
  }
}

/** As many stays are told one by one; of more only their number. */
export const mostTold = 3

const mostKnown = 1_000

const knownForMs = 3_600_000

const unknownForMs = 15 * 60_000

const roomsKnownForMs = 24 * 3_600_000

const mostRequests = 4

/** Somebody who has left may still write about it. */
const leftForMs = 14 * 24 * 3_600_000

/** What Mews lists for a number or address. */
interface Listed {
  readonly customers: readonly MewsCustomer[]
  readonly reservations: readonly MewsReservation[]
  /** The person travels along; the reservations are others'. */
  readonly isCompanion: boolean
}

/** The requests that are left to one look. */
interface Left {
  /** Whether one more may be made; then it counts. */
  take(): boolean
}

const createLeft = (): Left => {
  let left = mostRequests
  return { take: () => left-- > 0 }
}

const nothing: Listed = { customers: [], reservations: [], isCompanion: false }

/** An OTA's number is told by the OTA, so nobody has to be found by name. */
const askByNumber =
  ({ reservations }: StayOperations, number: string) =>
  async (signal: AbortSignal, left: Left): Promise<Listed> =>
    left.take()
      ? { ...nothing, reservations: await reservations({ channelNumbers: [number] }, signal) }
      : nothing

/** Finds the profiles of an address, their stays and, where they have none, those on which they travel along. */
const askByEmail =
  (operations: StayOperations, email: string) =>
  async (signal: AbortSignal, left: Left): Promise<Listed> => {
    const list = (query: ReservationQuery): Promise<readonly MewsReservation[]> =>
      left.take() ? operations.reservations(query, signal) : Promise.resolve([])
    const customers = left.take() ? await findCustomers(operations, email, signal, left) : []
    const customerIds = customers.map(({ id }) => id)
    if (customerIds.length === 0) return nothing
    const own = await list({ customerIds })
    if (own.length > 0 || !left.take()) return { customers, reservations: own, isCompanion: false }
    const along = await operations.companionships(customerIds, signal)
    const reservationIds = [...new Set(along.flatMap(({ reservationId }) => reservationId ?? []))]
    if (reservationIds.length === 0) return nothing
    const travelling = new Set(along.map(({ customerId }) => customerId))
    return {
      customers: customers.filter(({ id }) => travelling.has(id)),
      reservations: await list({ reservationIds }),
      isCompanion: true,
    }
  }

/** The active profiles of an address; a profile that was merged leads to the one that is left. */
const findCustomers = async (
  { customers }: StayOperations,
  email: string,
  signal: AbortSignal,
  left: Left,
): Promise<readonly MewsCustomer[]> => {
  const all = (await customers({ emails: [email] }, signal)).filter(({ hasAlias }) => !hasAlias)
  const active = all.filter(isCurrent)
  const ids = [...new Set(all.flatMap(({ mergedInto }) => mergedInto ?? []))]
  if (active.length > 0 || ids.length === 0 || !left.take()) return active
  return (await customers({ ids }, signal)).filter(isCurrent)
}

const isCurrent = ({ isActive, mergedInto }: MewsCustomer): boolean => isActive && mergedInto === undefined

/** Names rooms, those that are not known yet with one request where one is left. */
const createNameRooms = ({ roomNames }: StayOperations, clock: Clock) => {
  const known = new LRUCache<string, string>({
    max: 5 * mostKnown,
    ttl: roomsKnownForMs,
    ttlResolution: 0,
    perf: clock,
  })
  return async (
    ids: readonly string[],
    signal: AbortSignal,
    left: Left,
  ): Promise<ReadonlyMap<string, string>> => {
    const unknown = ids.filter((id) => !known.has(id))
    if (unknown.length > 0 && left.take())
      for (const [id, name] of await roomNames(unknown, signal)) known.set(id, cleanName(name))
    return new Map(ids.map((id) => [id, known.get(id) ?? '']))
  }
}

/** The states from the one that matters most; those of one line count alike. */
const ranks: readonly (readonly string[])[] = [
  ['Started'],
  ['Confirmed'],
  ['Optional', 'Inquired', 'Requested'],
  ['Processed'],
]

/** What is over is told for two weeks, where the guest was here. */
const isRelevant = ({ state, end }: MewsReservation, now: number): boolean => {
  if (state === 'Canceled') return false
  if (state === 'Started') return true
  return end >= (state === 'Processed' ? now - leftForMs : now)
}

/** Running stays alone; else those that come; else the last ones. A state that is new comes after those that are known. */
const chooseNearest = (all: readonly MewsReservation[]): readonly MewsReservation[] => {
  const known = new Set(ranks.flat())
  const inRank = ranks.map((states) => all.filter(({ state }) => states.includes(state)))
  const chosen = [...inRank, all.filter(({ state }) => !known.has(state))].find(({ length }) => length > 0)
  return chosen ?? []
}

/** Rooms of one booking are in the order of their names. */
const byNearness =
  (now: number) =>
  (one: Stay, other: Stay): number =>
    Math.abs(one.start - now) - Math.abs(other.start - now) ||
    (one.room ?? '').localeCompare(other.room ?? '', 'en', { numeric: true })

/** Mews keeps the address with the booker, where one person books for another. */
const ownerOf =
  (customers: readonly MewsCustomer[]) =>
  ({ customerId, bookerId }: MewsReservation): string => {
    const ids = new Set(customers.map(({ id }) => id))
    if (customerId !== undefined && ids.has(customerId)) return customerId
    return bookerId !== undefined && ids.has(bookerId) ? bookerId : (customerId ?? '')
  }

const roleOf = (
  { customerId, bookerId }: MewsReservation,
  person: MewsCustomer | undefined,
): Stay['role'] | undefined =>
  person !== undefined && customerId !== person.id && bookerId === person.id ? 'booker' : undefined

/** Addresses that booking sites make for one booking (help.mews.com, partner.booking.com); they are no person's. */
const aliasHosts = [
  'guest.booking.com',
  'guest.airbnb.com',
  'm.expediapartnercentral.com',
  'agoda-messaging.com',
  'guest.trip.com',
]

const isOwnAddress = (email: string): boolean => {
  const [, host] = /^[^\s@<>"',;]{1,64}@([a-z\d.-]{1,190}\.[a-z\d-]{2,})$/.exec(email) ?? []
  return host !== undefined && !aliasHosts.some((alias) => host === alias || host.endsWith(`.${alias}`))
}
