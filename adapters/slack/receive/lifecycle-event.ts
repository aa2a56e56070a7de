import { readString, type Envelope } from '../wire.ts'

/** A lifecycle event: it is recorded like a message, in the lane of the channel or workspace that it concerns. */
export interface LifecycleEvent {
  /** The channel or workspace that it concerns. */
  readonly channel: string
  readonly keys: readonly string[]
}

/** Reads a lifecycle event that matters to us: our own arrival in a channel, the opening of the App Home, the end of an installation. */
export const readLifecycleEvent = (envelope: Envelope): LifecycleEvent | undefined => {
  const { appId = '', eventId, event } = envelope
  const subject = readSubject(envelope)
  if (subject === undefined) return undefined
  const id = eventId ?? `${String(event['type'])}:${subject}:${readString(event['event_ts']) ?? ''}`
  return { channel: subject, keys: [`event:${appId}:${id}`] }
}

/** A channel's id of before, and the one from now on. */
export interface Move {
  readonly from: string
  readonly to: string
}

/** Reads that a channel has another id from now on (https://docs.slack.dev/reference/events/channel_id_changed). */
export const readMove = ({ event }: Envelope): Move | undefined => {
  const from = readString(event['old_channel_id'])
  const to = readString(event['new_channel_id'])
  return event['type'] !== 'channel_id_changed' || from === undefined || to === undefined || from === to
    ? undefined
    : { from, to }
}

/** The channel or workspace that an event concerns. */
const readSubject = ({ event, workspace, botUsers }: Envelope): string | undefined => {
  switch (event['type']) {
    case 'member_joined_channel':
      return botUsers.includes(readString(event['user']) ?? '') ? readString(event['channel']) : undefined
    case 'app_home_opened':
      return readString(event['channel'])
    case 'app_uninstalled':
    case 'tokens_revoked':
      return workspace.team === '' ? workspace.enterprise : workspace.team
    default:
      return undefined
  }
}
