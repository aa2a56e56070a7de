import { createGuid } from './book.ts'
import { type MewsRequest, toMewsTime } from './requests.ts'

/** A profile of the simulated Mews. */
export interface BookCustomer {
  readonly id: string
  readonly firstName: string
  readonly lastName: string
  readonly email: string
  readonly mergeTargetId?: string
  readonly isActive?: boolean
  readonly hasOtaEmail?: boolean
}

/** A reservation of the simulated Mews; times are milliseconds since 1970. */
export interface BookReservation {
  readonly id: string
  readonly customerId: string
  readonly bookerId?: string
  readonly number: string
  readonly state: string
  /** The room's name. */
  readonly room?: string
  readonly channelNumber?: string
  readonly start: number
  readonly end: number
}

/** Who stays at a property. A chain's properties may share customers. */
export interface StayBook {
  readonly customers: readonly BookCustomer[]
  readonly reservations: readonly BookReservation[]
  addCustomer(customer: Omit<BookCustomer, 'id'>): BookCustomer
  addReservation(reservation: Omit<BookReservation, 'id'>): BookReservation
  /** The customer travels along. */
  addCompanion(customerId: string, reservationId: string): void
  readonly companions: readonly { readonly customerId: string; readonly reservationId: string }[]
  /** The id of a room, by its name. */
  roomId(name: string): string
  readonly rooms: ReadonlyMap<string, string>
}

export const createStayBook = (random: () => number): StayBook => {
  const customers: BookCustomer[] = []
  const reservations: BookReservation[] = []
  const companions: { readonly customerId: string; readonly reservationId: string }[] = []
  const rooms = new Map<string, string>()
  const roomId = (name: string): string => {
    const id = rooms.get(name) ?? createGuid(random)
    rooms.set(name, id)
    return id
  }
  const withId = <Item extends object>(items: (Item & { readonly id: string })[], given: Item) => {
    const item = { ...given, id: createGuid(random) }
    items.push(item)
    return item
  }
  return {
    customers,
    reservations,
    companions,
    rooms,
    roomId,
    addCustomer: (customer) => withId(customers, customer),
    addReservation: (reservation) => withId(reservations, reservation),
    addCompanion: (customerId, reservationId) => void companions.push({ customerId, reservationId }),
  }
}

/** Answers as Mews does, with more of each person than anybody needs; the newest first. */
export const stayAnswers: StayAnswers = {
  'customers/getAll': ({ stays }, { Emails, CustomerIds, ActivityStates }) => {
    const emails = Emails?.map((email) => email.toLowerCase())
    const found = (stays?.customers ?? []).filter(
      ({ id, email, isActive = true }) =>
        (emails?.includes(email.toLowerCase()) ?? true) &&
        isAmong(CustomerIds, id) &&
        (ActivityStates?.includes(isActive ? 'Active' : 'Deleted') ?? true),
    )
    return { Customers: found.toReversed().map(toMewsCustomer), Cursor: found[0]?.id ?? null }
  },
  'reservations/getAll/2023-06-06': ({ stays }, request) => {
    const { AccountIds, ReservationIds, ChannelNumbers, States } = request
    const found = (stays?.reservations ?? []).filter(
      ({ id, customerId, channelNumber, state }) =>
        isAmong(AccountIds, customerId) &&
        isAmong(ReservationIds, id) &&
        (ChannelNumbers?.includes(channelNumber ?? '') ?? true) &&
        ((States as readonly string[] | null | undefined)?.includes(state) ?? true),
    )
    const listed = found.toReversed().map((reservation) => toMewsReservation(reservation, stays))
    return { Reservations: listed, Cursor: found[0]?.id ?? null }
  },
  'companionships/getAll': ({ stays }, { CustomerIds }) => {
    const found = (stays?.companions ?? []).filter(({ customerId }) => isAmong(CustomerIds, customerId))
    return {
      Companionships: found.map(({ customerId, reservationId }) => ({
        Id: reservationId,
        CustomerId: customerId,
        ReservationGroupId: reservationId,
        ReservationId: reservationId,
      })),
      Cursor: null,
    }
  },
  'resources/getAll': ({ stays }, { ResourceIds }) => ({
    Resources: Array.from(stays?.rooms ?? [])
      .filter(([, id]) => isAmong(ResourceIds, id))
      .map(([name, id]) => ({ Id: id, Name: name, IsActive: true, State: 'Inspected' })),
    Cursor: null,
  }),
}

type StayAnswers = {
  readonly [Operation in StayOperation]: (
    property: { readonly stays?: StayBook },
    request: MewsRequest<Operation>,
  ) => unknown
}

type StayOperation =
  | 'customers/getAll'
  | 'reservations/getAll/2023-06-06'
  | 'companionships/getAll'
  | 'resources/getAll'

const isAmong = (ids: readonly string[] | null | undefined, id: string): boolean =>
  ids?.some((each) => each.toLowerCase() === id) ?? true

const toMewsCustomer = ({ id, firstName, lastName, email, ...more }: BookCustomer): object => ({
  Id: id,
  FirstName: firstName,
  LastName: lastName,
  Email: email,
  HasOtaEmail: more.hasOtaEmail ?? false,
  MergeTargetId: more.mergeTargetId ?? null,
  IsActive: more.isActive ?? true,
  BirthDate: '1987-03-14',
  TaxIdentificationNumber: 'PT501964843',
  Notes: 'Complained about the noise of the lift.',
  Classifications: ['PreviousComplaint'],
  PreferredLanguageCode: null,
})

const toMewsReservation = (
  { id, customerId, bookerId = customerId, number, state, room, channelNumber, start, end }: BookReservation,
  stays: StayBook | undefined,
): object => ({
  Id: id,
  AccountId: customerId,
  AccountType: 'Customer',
  BookerId: bookerId,
  Number: number,
  State: state,
  GroupId: id,
  AssignedResourceId: room === undefined ? null : (stays?.roomId(room) ?? null),
  RequestedResourceCategoryId: id,
  ChannelNumber: channelNumber ?? null,
  ScheduledStartUtc: toMewsTime(start),
  ScheduledEndUtc: toMewsTime(end),
  ActualStartUtc: null,
  ActualEndUtc: null,
  CancelledUtc: null,
  PersonCounts: [{ AgeCategoryId: id, Count: 2 }],
})
