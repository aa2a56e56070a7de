import type { ConversationId } from '../../src/port.ts'
import { toConversationId } from './id.ts'
import { readString, type Envelope } from './wire.ts'

/** Something that happened around conversations and is recorded like a message, in a lane of what it concerns. */
export interface Occasion {
  readonly conversation: ConversationId
  readonly channel: string
  readonly keys: readonly string[]
}

/** What an occasion concerns: a channel, or the workspace. */
const readSubject = ({ event, workspace, botUsers }: Envelope): string | undefined => {
  switch (event['type']) {
    case 'member_joined_channel':
      return botUsers.includes(readString(event['user']) ?? '') ? readString(event['channel']) : undefined
    case 'app_home_opened':
      return readString(event['channel'])
    case 'channel_id_changed':
      return readString(event['old_channel_id'])
    case 'app_uninstalled':
    case 'tokens_revoked':
      return workspace.team === '' ? workspace.enterprise : workspace.team
    default:
      return undefined
  }
}

/** Reads an occasion that matters to us: our own arrival in a channel, a look at the App Home, another id, the end of an installation. */
export const readOccasion = (envelope: Envelope): Occasion | undefined => {
  const { appId = '', eventId, event } = envelope
  const subject = readSubject(envelope)
  const conversation = subject === undefined ? undefined : toConversationId({ channel: subject })
  if (subject === undefined || conversation === undefined) return undefined
  const id = eventId ?? `${String(event['type'])}:${subject}:${readString(event['event_ts']) ?? ''}`
  return { conversation, channel: subject, keys: [`event:${appId}:${id}`] }
}
