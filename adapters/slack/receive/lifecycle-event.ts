import { readString, type Envelope } from '../wire.ts'

/** Something that happened around conversations and is recorded like a message, in a lane of what it concerns. */
export interface LifecycleEvent {
  /** Of what it concerns: a channel, or a workspace. */
  readonly channel: string
  readonly keys: readonly string[]
}

/** Reads an occasion that matters to us: our own arrival in a channel, a look at the App Home, the end of an installation. */
export const readLifecycleEvent = (envelope: Envelope): LifecycleEvent | undefined => {
  const { appId = '', eventId, event } = envelope
  const subject = readSubject(envelope)
  if (subject === undefined) return undefined
  const id = eventId ?? `${String(event['type'])}:${subject}:${readString(event['event_ts']) ?? ''}`
  return { channel: subject, keys: [`event:${appId}:${id}`] }
}

/** Reads that a channel has another id from now on (https://docs.slack.dev/reference/events/channel_id_changed). */
export const readMove = ({ event }: Envelope): { readonly from: string; readonly to: string } | undefined => {
  const from = readString(event['old_channel_id'])
  const to = readString(event['new_channel_id'])
  return event['type'] !== 'channel_id_changed' || from === undefined || to === undefined || from === to
    ? undefined
    : { from, to }
}

/** What an occasion concerns: a channel, or the workspace. */
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
