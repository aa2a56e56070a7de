import type { Arrival } from '../../../src/port.ts'
import { isRequestLine, toRecordedBody, toRequest, type ChannexEvent } from './event.ts'
import type { Fields } from '../../../src/util/json.ts'
import { toStrangersId } from '../id.ts'

/** What is recorded. */
export type Recorded = Exclude<ChannexEvent, { readonly kind: 'ignored' | 'look' }>

/** The record of an event. `now`: milliseconds since 1970. */
export const toArrival = (event: Recorded, body: Fields, now: number): Arrival => ({
  conversation: event.conversation,
  keys: toKeys(event, now),
  routing: event.propertyId === undefined ? {} : { property: event.propertyId },
  payload: JSON.stringify(toRecordedBody(body)),
})

/** The record that someone wrote to a property that is not set up. Each case is recorded once, however often Channex repeats it. */
export const toStrangerArrivals = (
  { propertyId = '' }: Extract<ChannexEvent, { readonly kind: 'look' }>,
  body: Fields,
  since: number,
): readonly Arrival[] => {
  const conversation = toStrangersId(propertyId)
  if (conversation === undefined) return []
  const keys = [`strangers:${propertyId}:${since}`]
  return [{ conversation, keys, routing: { property: propertyId }, payload: JSON.stringify(body) }]
}

/**
 * Every key under which an event may come again, from a webhook or a look into the thread. A request comes as an event
 * and as a line of the thread, which may not tell its state: then it is the first one. Each state is told once.
 */
const toKeys = (event: Recorded, now: number): readonly string[] => {
  switch (event.kind) {
    case 'message': {
      const { message } = event
      // The reader finds out who wrote it.
      const mayBeRequest = message.sender === undefined && isRequestLine(message)
      return mayBeRequest ? toKeys(toRequest(event, message), now) : [`message:${message.id}`]
    }
    case 'request': {
      const { conversation, subject, messageId, feedEventId, status = 'pending', at } = event
      const own = messageId === undefined ? [] : [`message:${messageId}`]
      const which = feedEventId ?? (messageId === undefined ? `at:${at ?? now}` : undefined)
      return which === undefined ? own : [...own, `${subject}:${conversation}:${which}:${status}`]
    }
    case 'booking':
      return [`booking:${event.conversation}:${event.bookingId}`]
    default:
      return event satisfies never
  }
}
