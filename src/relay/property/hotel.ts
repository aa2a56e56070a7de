import { type Budget, createBudget } from '../../mews/budget.ts'
import { type ClientOptions, createMews, type Mews } from '../../mews/client.ts'
import type { Marks } from '../../store/types.ts'
import type { Backoff } from '../../util/retry-after.ts'
import { createGate, createRecordFailing, type Gate, readRecorded, sinceOf } from './gate.ts'

/** One hotel, as the relay reaches it. */
export interface HotelConnection {
  /** Names lanes and watermarks; never changes for a property. */
  readonly key: string
  /** For people: as the settings name it, or else Mews. */
  readonly name: string
  readonly mews: Mews
  readonly budget: Budget
  readonly gate: Gate
  /** As far as it is known. */
  enterprise(): Enterprise
  setEnterprise(known: Enterprise): void
  /** Whether this process is the one that works for it now: only then its budget and gate know how it fares. */
  isLeaseHolder(): boolean
  setLeaseHolder(isHolder: boolean): void
}

/** A property as Mews names it. */
export interface Enterprise {
  /** While it is unknown, every webhook is taken for this property's. */
  readonly id?: string | undefined
  /** IANA name. */
  readonly timeZone?: string | undefined
  readonly name?: string | undefined
  /** BCP 47. */
  readonly language?: string | undefined
}

/** Makes the request budget, the client and the gate of one hotel. */
export const connectHotel = (options: ConnectOptions): HotelConnection => {
  const { key, name, enterpriseId, client, requestsPer30s, backoff, marks } = options
  const { clock, log } = client
  const budget = createBudget({ requests: requestsPer30s, clock, random: backoff.random })
  const onChange = createRecordFailing(key, marks, log)
  return createHotelConnection({
    key,
    name,
    enterpriseId,
    budget,
    mews: createMews({ ...client, budget }),
    gate: createGate({ property: key, backoff, clock, log, onChange }),
  })
}

export const createHotelConnection = (
  options: Pick<HotelConnection, 'key' | 'mews' | 'budget' | 'gate'> & {
    /** As the settings name it. */
    readonly name?: string | undefined
    readonly enterpriseId?: string | undefined
  },
): HotelConnection => {
  const { enterpriseId, name, ...parts } = options
  let enterprise: Enterprise = { id: enterpriseId }
  let isHolder = false
  return {
    ...parts,
    get name() {
      return name ?? enterprise.name ?? 'the hotel'
    },
    enterprise: () => enterprise,
    setEnterprise: (known) => {
      enterprise = known
    },
    isLeaseHolder: () => isHolder,
    setLeaseHolder: (is) => {
      isHolder = is
    },
  }
}

/** How a property fares, no matter which process works for it. */
export interface PropertyState {
  readonly failingSince: number | null
  readonly reason: string | null
  /** Requests to Mews that could be made now; undefined where another process makes them. */
  readonly requestsLeft: number | undefined
}

/** Asks this process where it works for the property, otherwise the records. */
export const readPropertyState = async (hotel: HotelConnection, marks: Marks): Promise<PropertyState> => {
  if (hotel.isLeaseHolder()) {
    const { failingSince, reason } = hotel.gate.state()
    return { failingSince, reason, requestsLeft: hotel.budget.state().left }
  }
  const { failing, reason } = await readRecorded(hotel.key, marks)
  return { failingSince: sinceOf(failing), reason, requestsLeft: undefined }
}

interface ConnectOptions {
  readonly key: string
  readonly name: string | undefined
  readonly enterpriseId?: string | undefined
  readonly client: Omit<ClientOptions, 'budget'>
  readonly requestsPer30s: number
  readonly backoff: Backoff
  readonly marks: Marks
}
