import { randomUUID } from 'node:crypto'

/** What stands in a fake Channex account, and how Channex writes it. */

export interface BookMessage {
  readonly id: string
  readonly text: string | null
  readonly sender: 'guest' | 'property' | 'system'
  readonly attachments: readonly unknown[]
  readonly meta: unknown
  /** Milliseconds since 1970. */
  readonly at: number
}

export interface BookBooking {
  readonly id: string
  readonly name: string
  readonly surname: string
  readonly code: string
  readonly arrival: string
  readonly departure: string
  readonly mail: string | null
  /** Expedia's affiliates have no messages. */
  readonly affiliate: boolean
}

export interface BookThread {
  readonly id: string
  readonly propertyId: string
  readonly provider: string
  readonly title: string
  /** Airbnb's threads may come without any relationships. */
  readonly bare: boolean
  bookingId: string | undefined
  closed: boolean
  /** Booking.com counts it against the hotel's reply score: the guest wrote, and nobody answered or said that nobody will. */
  awaitsReply: boolean
  updatedAt: number
  /** Oldest first. */
  readonly messages: BookMessage[]
}

/** How a guest's thread begins. */
export interface NewThread {
  readonly propertyId: string
  readonly provider?: string
  readonly title?: string
  readonly bare?: boolean
  readonly booking?: Partial<Omit<BookBooking, 'id'>> | undefined
}

export interface ChannexBook {
  readonly threads: ReadonlyMap<string, BookThread>
  readonly bookings: ReadonlyMap<string, BookBooking>
  open(thread: NewThread): BookThread
  book(booking: Partial<Omit<BookBooking, 'id'>>): BookBooking
  /** Adds a message; throws for a thread that is not there. */
  add(threadId: string, message: Partial<BookMessage> & Pick<BookMessage, 'sender'>): BookMessage
}

/** A time as Channex writes it: microseconds, no zone, meaning UTC. */
export const toNaiveTime = (at: number): string => `${new Date(at).toISOString().slice(0, -1)}000`

const relation = (type: string, id: string | undefined): object =>
  id === undefined ? {} : { [type]: { data: { id, type } } }

/** A message as lists and answers have it. */
export const toMessageJson = (
  thread: BookThread,
  { id, text, sender, attachments, meta, at }: BookMessage,
) => ({
  id,
  type: 'message',
  attributes: {
    message: text,
    attachments,
    sender,
    meta,
    inserted_at: toNaiveTime(at),
    updated_at: toNaiveTime(at),
    have_attachment: attachments.length > 0,
  },
  ...(thread.bare ? {} : { relationships: relation('message_thread', thread.id) }),
})

/** A thread as lists and answers have it. */
export const toThreadJson = (thread: BookThread) => {
  const { id, title, provider, closed, messages, updatedAt, propertyId, bookingId, bare } = thread
  const last = messages.at(-1)
  const relationships = { ...relation('property', propertyId), ...relation('booking', bookingId) }
  return {
    id,
    type: 'message_thread',
    attributes: {
      title,
      provider,
      is_closed: closed,
      message_count: messages.length,
      last_message:
        last === undefined
          ? null
          : { message: last.text, sender: last.sender, attachments: [], inserted_at: toNaiveTime(last.at) },
      last_message_received_at: toNaiveTime(last?.at ?? updatedAt),
      inserted_at: toNaiveTime(messages[0]?.at ?? updatedAt),
      updated_at: toNaiveTime(updatedAt),
      meta: {},
    },
    ...(bare ? {} : { relationships }),
  }
}

/** A booking, with more than we may read; where it has a thread, that is named. */
export const toBookingJson = (
  { id, name, surname, code, mail, arrival, departure }: BookBooking,
  thread: BookThread | undefined,
) => ({
  id,
  ...(thread === undefined ? {} : { relationships: relation('message_thread', thread.id) }),
  type: 'booking',
  attributes: {
    customer: { name, surname, mail },
    guarantee: { card_number: '411111******1111' },
    arrival_date: arrival,
    departure_date: departure,
    ota_reservation_code: code === '' ? null : code,
    unique_id: `BDC-${code === '' ? '4512345678' : code}`,
  },
})

const someBooking = {
  name: 'Ines',
  surname: 'Ferreira',
  code: '4512345678',
  mail: 'guest@example.com',
  arrival: '2026-12-02',
  departure: '2026-12-05',
  affiliate: false,
}

/** An empty account. */
export const createChannexBook = (now: () => number): ChannexBook => {
  const threads = new Map<string, BookThread>()
  const bookings = new Map<string, BookBooking>()

  const book: ChannexBook['book'] = (given) => {
    const booking = { ...someBooking, ...given, id: randomUUID() }
    bookings.set(booking.id, booking)
    return booking
  }

  return {
    threads,
    bookings,
    book,
    open: ({ propertyId, provider = 'BookingCom', title = 'Ines Ferreira', bare = false, booking }) => {
      const bookingId = booking === undefined ? undefined : book(booking).id
      const place = { id: randomUUID(), propertyId, provider, title, bare, bookingId }
      const thread = { ...place, closed: false, awaitsReply: false, updatedAt: now(), messages: [] }
      threads.set(thread.id, thread)
      return thread
    },
    add: (threadId, given) => {
      const thread = threads.get(threadId)
      if (thread === undefined) throw new Error(`there is no thread ${threadId} in the fake Channex`)
      const message = { id: randomUUID(), text: null, attachments: [], meta: null, at: now(), ...given }
      thread.messages.push(message)
      thread.updatedAt = now()
      thread.closed = false
      if (message.sender !== 'system') thread.awaitsReply = message.sender === 'guest'
      return message
    },
  }
}
