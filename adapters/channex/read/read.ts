import type { Adapter, Clock, Reading } from '../../../src/port.ts'
import type { Recorded } from '../receive/arrival.ts'
import type { FindDetails, FindMessage } from './look-ups.ts'
import { isRequestLine, readEvent, toRequest, type ChannexEvent } from '../receive/event.ts'
import { parseFields, type Fields } from '../../../src/util/json.ts'
import type { Guest, Guests } from './guests.ts'
import { toAddress } from '../id.ts'
import type { PlaceRequest } from './place-request.ts'
import type { FindEarlierMessages } from './earlier-messages.ts'
import { toBookingTurn, toMessageTurn, toRequestTurn, toStrangersTurn, type Kind } from './turn.ts'

/** What `createRead` needs. */
export interface ReadOptions {
  readonly findMessage: FindMessage
  readonly findDetails: FindDetails
  readonly findEarlierMessages: FindEarlierMessages
  readonly placeRequest: PlaceRequest
  readonly guests: Guests
  readonly clock: Clock
  /** Undefined: every property is ours. */
  readonly propertyId: string | undefined
}

/** Only Airbnb has requests. */
const airbnbGuest: Guest = {
  name: undefined,
  provider: 'AirBNB',
  site: 'Airbnb',
  reservationCode: undefined,
  booking: undefined,
}

/** Reads recorded events: who wrote is looked up, and what was written before is recorded. */
export const createRead = (options: ReadOptions): Adapter['read'] => {
  const { findMessage, findDetails, findEarlierMessages, placeRequest, guests, clock, propertyId } = options

  /** Messages for a property that is not set up wait; polling finds them once it is. */
  const readLook = (event: Look): Reading => {
    const isOurs = propertyId === undefined || event.propertyId === propertyId
    return { turns: isOurs ? [] : [toStrangersTurn(event, clock.now())] }
  }

  const readRequest = async (event: Kind<'request'>, signal: AbortSignal): Promise<Found> => {
    const guest = await guests.find(event.conversation, undefined, signal)
    return { turns: [toRequestTurn(event, guest, clock.now())], ...languageOf(guest) }
  }

  const readMessage = async (event: Kind<'message'>, signal: AbortSignal): Promise<Found> => {
    const message = await findMessage(event, signal)
    const { sender } = message
    if (sender === 'system' && isRequestLine(message)) return readRequest(toRequest(event, message), signal)
    if (sender !== 'guest' && sender !== 'system') return { turns: [] }
    const [guest, after] = await Promise.all([
      guests.find(event.conversation, event.bookingId, signal),
      event.found ? [] : findEarlierMessages(event, signal),
    ])
    const turn = toMessageTurn({ ...event, message }, sender, guest, clock.now())
    return turn === undefined ? { turns: [] } : { turns: [turn], after, ...languageOf(guest) }
  }

  const find = async (event: Recorded, body: Fields, signal: AbortSignal): Promise<Found> => {
    const { conversation } = event
    switch (event.kind) {
      case 'message':
        return readMessage(event, signal)
      case 'request':
        if (!event.isAlone) return readRequest(await findDetails(event, signal), signal)
        if (await placeRequest(event, body, signal)) return { turns: [] }
        return { turns: [toRequestTurn(event, airbnbGuest, clock.now())] }
      case 'booking':
        return {
          turns: [
            toBookingTurn(event, await guests.find(conversation, event.bookingId, signal), clock.now()),
          ],
        }
      default:
        return event satisfies never
    }
  }

  return async (payload, signal) => {
    const body = parseFields(payload)
    if (body === undefined) throw new Error('The recorded payload is no event of Channex.')
    const event = readEvent(body)
    if (event.kind === 'ignored') return { turns: [] }
    if (event.kind === 'look') return readLook(event)
    return { ...(await find(event, body, signal)), address: toAddress(event.conversation) }
  }
}

type Look = Extract<ChannexEvent, { readonly kind: 'look' }>

type Found = Pick<Reading, 'turns' | 'after' | 'language'>

/** The language of the guest's booking. */
const languageOf = ({ booking }: Guest): Pick<Reading, 'language'> =>
  booking?.language === undefined ? {} : { language: booking.language }
