import type { Adapter, Clock, Reading } from '../../src/port.ts'
import type { Recorded } from './arrival.ts'
import type { FindDetails } from './details.ts'
import { isInquiry, readEvent, toInquiry, type ChannexEvent } from './event.ts'
import { parseFields } from './fields.ts'
import type { Guests } from './guests.ts'
import { toAddress } from './id.ts'
import type { FindPredecessors } from './predecessors.ts'
import type { FindSender } from './sender.ts'
import { toBookingTurn, toInquiryTurn, toMessageTurn, toStrangersTurn, type Kind } from './turn.ts'

/** What `createRead` needs. */
export interface ReadOptions {
  readonly findSender: FindSender
  readonly findDetails: FindDetails
  readonly findPredecessors: FindPredecessors
  readonly guests: Guests
  readonly clock: Clock
  /** Undefined: every property is ours. */
  readonly propertyId: string | undefined
}

type Found = Pick<Reading, 'turns' | 'after'>
type Look = Extract<ChannexEvent, { readonly kind: 'look' }>

/** Reads recorded events: who wrote is looked up, and what was written before is recorded. */
export const createRead = (options: ReadOptions): Adapter['read'] => {
  const { findSender, findDetails, findPredecessors, guests, clock, propertyId } = options

  /** What Channex did not tell of waits until its property is set up, and is then found by looking. */
  const readLook = (event: Look): Reading => {
    const isOurs = propertyId === undefined || event.propertyId === propertyId
    return { turns: isOurs ? [] : [toStrangersTurn(event, clock.now())] }
  }

  const readInquiry = async (event: Kind<'inquiry'>, signal: AbortSignal): Promise<Found> => {
    const guest = await guests.find(event.conversation, undefined, signal)
    return { turns: [toInquiryTurn(event, guest, clock.now())] }
  }

  const readMessage = async (event: Kind<'message'>, signal: AbortSignal): Promise<Found> => {
    const message = await findSender(event, signal)
    const { sender } = message
    if (sender === 'system' && isInquiry(message)) return readInquiry(toInquiry(event, message), signal)
    if (sender !== 'guest' && sender !== 'system') return { turns: [] }
    const [guest, after] = await Promise.all([
      guests.find(event.conversation, event.bookingId, signal),
      event.found ? [] : findPredecessors(event, signal),
    ])
    const turn = toMessageTurn(event, sender, guest, clock.now())
    return turn === undefined ? { turns: [] } : { turns: [turn], after }
  }

  const find = async (event: Recorded, signal: AbortSignal): Promise<Found> => {
    const { conversation } = event
    switch (event.kind) {
      case 'message':
        return readMessage(event, signal)
      case 'inquiry':
        return readInquiry(await findDetails(event, signal), signal)
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
    return { ...(await find(event, signal)), address: toAddress(event.conversation) }
  }
}
