import type { GuestEvent } from './event.ts'
import type { Envelope } from '../wire.ts'

/**
 * Every key under which an event may come again. Slack repeats an event under its id; tells of one message as `message`
 * and as `app_mention`, with the same `ts`; and has made two messages of one gesture, with the client's same id.
 */
export const toKeys = (
  { kind, message, place, at }: GuestEvent,
  { appId, eventId }: Envelope,
): readonly string[] => {
  const keys = eventId === undefined ? [] : [`event:${appId ?? ''}:${eventId}`]
  const id = `${place.channel}:${message.ts ?? ''}`
  if (kind === 'edit') return [...keys, `edit:${id}:${at}`]
  if (kind === 'deletion') return [...keys, `deletion:${id}`]
  const { clientMessageId, user } = message
  if (clientMessageId !== undefined) keys.push(`client:${place.channel}:${user ?? ''}:${clientMessageId}`)
  return [...keys, `message:${id}`]
}
