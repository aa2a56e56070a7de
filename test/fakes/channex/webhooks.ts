import { setTimeout as pause } from 'node:timers/promises'
import { toNaiveTime, type BookBooking, type BookMessage, type BookThread } from './book.ts'

/** How this Channex tells of what happens; every field can be changed at any time. */
export interface WebhookSwitches {
  /** `held`: until `flush`. */
  webhooks: 'sent' | 'held' | 'dropped'
  /** Every event comes twice. */
  doubled: boolean
  /** Held events come newest first. */
  reversed: boolean
  /** What the hotel sends comes back. */
  echo: boolean
  /** Without it an event only says where something happened. */
  sendData: boolean
  /** Older webhooks do not say who wrote. */
  tellsSender: boolean
  /** Without it the details that a site adds to a message stand only in its thread. */
  tellsMeta: boolean
  /** How long it waits before it tries again by itself, after each attempt that failed; beyond these only by `flush`. */
  pausesMs: readonly number[]
}

/** After these times, in minutes, an event comes again; only after a 5xx or no answer. */
const retryMinutes: readonly number[] = [1, 2, 4, 8, 15, 30, 60, 120, 240, 360, 600]

/** The body of a `message` event. */
export const toMessageEvent = (
  thread: BookThread,
  { id, text, sender, attachments, meta, at }: BookMessage,
  { tellsSender, tellsMeta }: Pick<WebhookSwitches, 'tellsSender' | 'tellsMeta'>,
): unknown => ({
  event: 'message',
  payload: {
    id,
    message: text,
    meta: tellsMeta ? meta : null,
    live_feed_event_id: (meta as { readonly live_feed_event_id?: unknown } | null)?.live_feed_event_id,
    ...(tellsSender ? { sender } : {}),
    property_id: thread.propertyId,
    booking_id: thread.bookingId ?? null,
    message_thread_id: thread.id,
    attachments,
    have_attachment: attachments.length > 0,
    inserted_at: toNaiveTime(at),
  },
  property_id: thread.propertyId,
  user_id: null,
  timestamp: `${toNaiveTime(at)}Z`,
})

/** How a request of Airbnb's is told. */
export interface AirbnbRequest {
  readonly event:
    | 'reservation_request'
    | 'accepted_reservation'
    | 'declined_reservation'
    | 'alteration_request'
  /** Left out: the event does not say. */
  readonly threadId?: string
  readonly booking: BookBooking
  readonly feedEventId?: string
  readonly resolved?: boolean
}

/** The body of such an event: it holds the whole booking, as a revision of it would. */
export const toRequestEvent = (
  { event, threadId, booking, feedEventId, resolved = false }: AirbnbRequest,
  propertyId: string,
  at: number,
): unknown => ({
  event,
  payload: {
    bms: {
      booking_id: booking.id,
      ota_name: 'Airbnb',
      ota_reservation_code: booking.code,
      arrival_date: booking.arrival,
      departure_date: booking.departure,
      amount: '612.00',
      occupancy: { adults: 2, children: 1, infants: 0 },
      customer: { name: booking.name, surname: booking.surname, mail: 'guest@example.com', phone: '+36 1' },
      guarantee: { card_number: '411111******1111', cardholder_name: 'INES FERREIRA' },
      rooms: [{ checkin_date: booking.arrival, checkout_date: booking.departure }],
    },
    resolved,
    ...(threadId === undefined ? {} : { message_thread_id: threadId }),
    ...(feedEventId === undefined ? {} : { live_feed_event_id: feedEventId }),
  },
  property_id: propertyId,
  user_id: null,
  timestamp: `${toNaiveTime(at)}Z`,
})

/** Where events go: an address, or nobody yet. */
export interface Deliveries {
  /** The bodies that were not delivered yet; may be taken out, shuffled or doubled. */
  readonly waiting: unknown[]
  /** Statuses of all deliveries in order; 0 where the connection failed. */
  readonly answers: readonly number[]
  announceTo(url: string): void
  /** Resolves once it was delivered or given up for now; whether somebody took it. */
  emit(body: unknown): Promise<boolean>
  /** Delivers what waits, and once more what was answered with a 5xx; resolves when it is answered. */
  flush(): Promise<void>
  settled(): Promise<void>
}

interface Waiting {
  readonly body: unknown
  readonly attempts: number
}

export const createDeliveries = (secret: string, switches: WebhookSwitches): Deliveries => {
  const waiting: unknown[] = []
  const again: Waiting[] = []
  const answers: number[] = []
  const running = new Set<Promise<boolean>>()
  let url: string | undefined

  const post = async (body: unknown): Promise<number> => {
    const headers = { 'content-type': 'application/json', 'X-Channex-Webhook-Secret': secret }
    const signal = AbortSignal.timeout(3000)
    const response = await fetch(url ?? '', {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
      signal,
    }).catch(() => undefined)
    await response?.body?.cancel()
    return response?.status ?? 0
  }

  /** Whether it was taken; only after a 5xx or no answer it comes again. */
  const deliver = async ({ body, attempts }: Waiting): Promise<boolean> => {
    const status = await post(body)
    answers.push(status)
    if (status !== 0 && status < 500) return status < 300
    const pauseMs = switches.pausesMs[attempts]
    if (pauseMs === undefined) {
      if (attempts < retryMinutes.length) again.push({ body, attempts: attempts + 1 })
      return false
    }
    await pause(pauseMs)
    return deliver({ body, attempts: attempts + 1 })
  }

  return {
    waiting,
    answers,
    announceTo: (address) => void (url = address),
    emit: async (body) => {
      if (switches.webhooks === 'dropped') return false
      const copies = switches.doubled ? [body, body] : [body]
      if (switches.webhooks === 'held' || url === undefined) {
        waiting.push(...copies)
        return false
      }
      const taken = copies.map((copy) => {
        const delivery = deliver({ body: copy, attempts: 0 }).finally(() => running.delete(delivery))
        running.add(delivery)
        return delivery
      })
      return (await Promise.all(taken)).includes(true)
    },
    flush: async () => {
      const due = [...again.splice(0), ...waiting.splice(0).map((body) => ({ body, attempts: 0 }))]
      for (const one of switches.reversed ? due.toReversed() : due) await deliver(one)
    },
    settled: async () => {
      while (running.size > 0) await Promise.all(running)
    },
  }
}
