import { hash } from 'node:crypto'
import type { ConversationId } from '../../src/port.ts'
import type { Activity } from './wire.ts'

/** Teams' own id as it is, `;messageid=` of a thread included; longer ones than 512 characters as their hash. */
export const toConversationId = (id: string): ConversationId =>
  (id.length <= 512 ? id : `sha256:${hash('sha256', id, 'hex')}`) as ConversationId

/**
 * The tenant that hosts an activity's conversation, whoever writes there; undefined when the activity names none. `conversation.tenantId` is the
 * host's (https://learn.microsoft.com/microsoftteams/platform/build-apps-for-shared-private-channels), `channelData.tenant` may be the writer's.
 */
export const tenantOf = ({ tenants }: Activity): string | undefined => tenants[0]

/**
 * The key by which an activity is known again. Ids are unique only inside a conversation; an edit and a deletion have the id of
 * their original and may come several times, each with a time of its own. An activity without an id is never taken for another, its key is made of `unique`.
 */
export const toKey = (activity: Activity, conversation: ConversationId, unique: () => string): string => {
  const { type, eventType, id, timestamp } = activity
  const event = eventType === undefined ? type : `${type}+${eventType}`
  const parts = ['msteams', tenantOf(activity) ?? '', conversation, event, id ?? `no-id-${unique()}`]
  if (type === 'messageUpdate' || type === 'messageDelete') parts.push(timestamp ?? '')
  return parts.join('|')
}

/** What a property's routes are matched against: tenant, team and conversation, as far as they are known. A thread is its channel's. */
export const toRouting = (activity: Activity, conversationId: string): Readonly<Record<string, string>> => {
  const tenant = tenantOf(activity)
  const { teamId } = activity
  const [conversation = ''] = conversationId.split(';', 1)
  return {
    ...(tenant === undefined ? {} : { tenant }),
    ...(teamId === undefined ? {} : { team: teamId }),
    conversation,
  }
}
