import { z } from 'zod/v4'
import { MewsError } from './error.ts'
import { largestBatch } from './fields.ts'
import type { Post } from './request.ts'
import { id, readPage, time } from './wire.ts'

/** A profile. A chain's hotels share profiles, so one alone does not say that the person stays here. */
export interface MewsCustomer {
  readonly id: string
  /** First and last name. */
  readonly name: string
  /** The profile it was merged into, where it was. */
  readonly mergedInto: string | undefined
  readonly isActive: boolean
  /** Its address is an alias of a booking site. */
  readonly hasAlias: boolean
}

/** A reservation at the property. Times are milliseconds since 1970. */
export interface MewsReservation {
  readonly id: string
  /** The profile that it is for. */
  readonly customerId: string | undefined
  /** The profile that booked it, where that is told. */
  readonly bookerId: string | undefined
  /** The confirmation number. */
  readonly number: string
  /** As Mews spells it: `Started`, `Confirmed`… */
  readonly state: string
  readonly roomId: string | undefined
  readonly start: number
  readonly end: number
}

/** Of whom reservations are listed: owners, numbers of a booking site, or the reservations themselves. */
export type ReservationQuery =
  | { readonly customerIds: readonly string[] }
  | { readonly channelNumbers: readonly string[] }
  | { readonly reservationIds: readonly string[] }

/**
 * The operations by which it is found out whose stay it is, each one request of the lowest priority (https://docs.mews.com/connector-api/operations/customers,
 * …/reservations, …/companionships, …/resources). Every one throws `MewsError`. Of the answers nothing is read but what stands here.
 */
export interface StayOperations {
  readonly customers: (query: CustomerQuery, signal: AbortSignal) => Promise<readonly MewsCustomer[]>
  /** In any state but cancelled; the newest created first. */
  readonly reservations: (query: ReservationQuery, signal: AbortSignal) => Promise<readonly MewsReservation[]>
  /** The reservations on which these people travel along. */
  readonly companionships: (
    customerIds: readonly string[],
    signal: AbortSignal,
  ) => Promise<readonly MewsCompanionship[]>
  /** The names of rooms by their ids. */
  readonly roomNames: (ids: readonly string[], signal: AbortSignal) => Promise<ReadonlyMap<string, string>>
}

/** The operations in the words of Mews, for people who grant permissions. */
export const stayOperations = {
  customers: 'customers/getAll',
  reservations: 'reservations/getAll/2023-06-06',
  companionships: 'companionships/getAll',
  roomNames: 'resources/getAll',
} as const satisfies Record<keyof StayOperations, string>

export const createStayOperations = (post: Post): StayOperations => {
  const list = async <Item>(
    operation: string,
    { fields, field, item }: ListQuery<Item>,
    signal: AbortSignal,
  ): Promise<readonly Item[]> => {
    const limited = { ...fields, Limitation: { Count: largestBatch } }
    const page = readPage(await post({ operation, kind: 'stay', adds: false }, limited, signal), field, item)
    if (page === undefined) throw new MewsError('unreadable', { operation, mayHaveAdded: false })
    return page.items
  }

  return {
    customers: (query, signal) => {
      const whom =
        'emails' in query
          ? { Emails: query.emails, ActivityStates: ['Active'] }
          : { CustomerIds: query.ids, ActivityStates: ['Active'] }
      const fields = { ...whom, Extent: { Customers: true, Addresses: false } }
      return list(stayOperations.customers, { fields, field: 'Customers', item: customer }, signal)
    },
    reservations: (query, signal) => {
      const fields = { ...toFilter(query), States: states }
      return list(stayOperations.reservations, { fields, field: 'Reservations', item: reservation }, signal)
    },
    companionships: (customerIds, signal) => {
      const extent = { Reservations: false, ReservationGroups: false, Customers: false }
      const fields = { CustomerIds: customerIds, Extent: extent }
      const asked = { fields, field: 'Companionships', item: companionship }
      return list(stayOperations.companionships, asked, signal)
    },
    roomNames: async (ids, signal) => {
      const fields = { ResourceIds: ids, Extent: { Resources: true, Inactive: true } }
      const rooms = await list(stayOperations.roomNames, { fields, field: 'Resources', item: room }, signal)
      return new Map(rooms.map(({ Id, Name }) => [Id, Name]))
    },
  }
}

const states = ['Started', 'Confirmed', 'Optional', 'Inquired', 'Requested', 'Processed']

const toFilter = (query: ReservationQuery): Readonly<Record<string, readonly string[]>> => {
  if ('customerIds' in query) return { AccountIds: query.customerIds }
  if ('channelNumbers' in query) return { ChannelNumbers: query.channelNumbers }
  return { ReservationIds: query.reservationIds }
}

type CustomerQuery = { readonly emails: readonly string[] } | { readonly ids: readonly string[] }

interface ListQuery<Item> {
  readonly fields: Readonly<Record<string, unknown>>
  readonly field: string
  readonly item: z.ZodType<Item>
}

/** Who travels along on a reservation. */
interface MewsCompanionship {
  readonly customerId: string
  /** Left out where it is said of a whole group. */
  readonly reservationId: string | undefined
}

const optionalText = z.string().nullish().catch(undefined)

const optionalId = id.nullish().catch(undefined)

const customer = z
  .object({
    Id: id,
    FirstName: optionalText,
    LastName: optionalText,
    MergeTargetId: optionalId,
    IsActive: z.boolean().catch(true),
    HasOtaEmail: z.boolean().catch(false),
  })
  .transform((it): MewsCustomer => ({
    id: it.Id,
    name: [it.FirstName, it.LastName].filter(Boolean).join(' '),
    mergedInto: it.MergeTargetId ?? undefined,
    isActive: it.IsActive,
    hasAlias: it.HasOtaEmail,
  }))

const reservation = z
  .object({
    Id: id,
    AccountId: optionalId,
    BookerId: optionalId,
    Number: z.string().catch(''),
    State: z.string(),
    AssignedResourceId: optionalId,
    ScheduledStartUtc: time,
    ScheduledEndUtc: time,
    ActualEndUtc: time.nullish().catch(undefined),
    CancelledUtc: optionalText,
  })
  .refine(({ CancelledUtc }) => !CancelledUtc)
  .transform((it): MewsReservation => ({
    id: it.Id,
    customerId: it.AccountId ?? undefined,
    bookerId: it.BookerId ?? undefined,
    number: it.Number,
    state: it.State,
    roomId: it.AssignedResourceId ?? undefined,
    start: it.ScheduledStartUtc,
    end: it.ActualEndUtc ?? it.ScheduledEndUtc,
  }))

const companionship = z
  .object({ CustomerId: id, ReservationId: optionalId })
  .transform((it): MewsCompanionship => ({
    customerId: it.CustomerId,
    reservationId: it.ReservationId ?? undefined,
  }))

const room = z.object({ Id: id, Name: z.string().min(1) })
