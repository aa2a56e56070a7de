import { LRUCache } from 'lru-cache'
import type { Adapter, Clock } from '../../../src/port.ts'
import { lookUpMs } from '../api/request.ts'
import type { ChannexClient } from '../api/client.ts'
import { cleanName } from '../../../src/util/text.ts'
import { readEvent } from '../receive/event.ts'
import { parseFields } from '../../../src/util/json.ts'
import { toTitleName } from './format.ts'
import { abortAfter } from '../../../src/util/time-limit.ts'
import { type Booking, siteName, type Thread } from '../wire.ts'

const maxThreads = 10_000

const knownForMs = 3_600_000

/** What is known of a conversation; everything may be missing. */
export interface Guest {
  readonly name: string | undefined
  readonly provider: string | undefined
  /** The booking site's name for people. */
  readonly site: string | undefined
  readonly reservationCode: string | undefined
  readonly booking: Booking | undefined
}

/** Who writes in which thread. */
export interface Guests {
  /** Asks for the thread and its booking, at most once an hour for each thread unless the booking is another one; never rejects. */
  find(threadId: string, bookingId: string | undefined, signal: AbortSignal): Promise<Guest>
}

/** Looks guests up; what cannot be had in time is left out and asked for again with the next message. */
export const createGuests = (client: ChannexClient, clock: Clock): Guests => {
  const known = new LRUCache<string, Guest>({
    max: maxThreads,
    ttl: knownForMs,
    ttlResolution: 0,
    perf: clock,
  })

  const ask = async (threadId: string, given: string | undefined, signal: AbortSignal): Promise<Guest> => {
    const thread = await client.thread(threadId, signal).catch(() => undefined)
    const bookingId = given ?? thread?.bookingId
    const booking =
      bookingId === undefined ? undefined : await client.booking(bookingId, signal).catch(() => undefined)
    const guest = toGuest(thread, booking)
    if (thread !== undefined && (booking !== undefined || bookingId === undefined)) known.set(threadId, guest)
    return guest
  }

  return {
    find: async (threadId, bookingId, signal) => {
      const found = known.get(threadId)
      if (found !== undefined && (bookingId === undefined || found.booking?.id === bookingId)) return found
      return abortAfter({ clock, signal, ms: lookUpMs }, (late) => ask(threadId, bookingId, late))
    },
  }
}

const toGuest = (thread: Thread | undefined, booking: Booking | undefined): Guest => ({
  name: cleanName(booking?.guestName ?? '') || toTitleName(thread?.title),
  provider: thread?.provider,
  site: siteName(thread?.provider),
  reservationCode: cleanName(booking?.reservationCode ?? '') || undefined,
  booking,
})

/** Gives the number of the booking and the guest's address, both from the booking that was asked for to name the guest. */
export const createIdentify =
  (guests: Guests): NonNullable<Adapter['identify']> =>
  async (payload, signal) => {
    const body = parseFields(payload)
    const event = body === undefined ? undefined : readEvent(body)
    if (event === undefined || event.kind === 'ignored' || event.kind === 'look') return {}
    if (event.kind === 'request' && event.isAlone) return {}
    const { booking } = await guests.find(event.conversation, event.bookingId, signal)
    const { reservationCode: bookingNumber, email } = booking ?? {}
    return { ...(bookingNumber !== undefined && { bookingNumber }), ...(email !== undefined && { email }) }
  }
