import { hash } from 'node:crypto'
import type { Address, ConversationId } from '../../src/port.ts'
import { type Activity, readFields, readString } from './wire.ts'

/** Teams' own id as it is, `;messageid=` of a thread included; longer ones than 512 characters as their hash. */
export const toConversationId = (id: string): ConversationId =>
  (id.length <= 512 ? id : `sha256:${hash('sha256', id, 'hex')}`) as ConversationId

/**
 * The tenant that hosts an activity's conversation, not the writer's; undefined when the activity names none. `conversation.tenantId` is
 * the host's (https://learn.microsoft.com/microsoftteams/platform/build-apps-for-shared-private-channels), `channelData.tenant` may be the
 * writer's.
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

/** Where replies to a conversation go. */
export interface BotAddress {
  readonly channel: string
  readonly serviceUrl: string
  readonly conversationId: string
  readonly tenantId?: string
  readonly botId: string
  readonly userId?: string
  readonly conversationType?: string
  readonly locale?: string
  /** In a group: replies are shown to `userId` alone. */
  readonly isTargeted?: true
}

/** The address of an activity's conversation as it is stored, `{ v: 1, … }`; undefined when the activity does not say. */
export const toAddress = (activity: Activity, botId: string): Address | undefined => {
  const { channelId, serviceUrl, conversationId } = activity
  if (channelId === undefined || serviceUrl === undefined || conversationId === undefined) return undefined
  return {
    v: 1,
    channel: channelId,
    serviceUrl,
    conversationId,
    botId,
    ...optional('tenantId', tenantOf(activity)),
    ...optional('userId', activity.from.id),
    ...optional('conversationType', activity.conversationType),
    ...optional('locale', activity.locale),
    ...(isTargeted(activity) ? { targeted: true } : {}),
  }
}

/** The address that `toAddress` made; undefined for anything else. */
export const readAddress = (value: unknown): BotAddress | undefined => {
  const fields = readFields(value)
  const channel = readString(fields?.['channel'])
  const serviceUrl = readString(fields?.['serviceUrl'])
  const conversationId = readString(fields?.['conversationId'])
  const botId = readString(fields?.['botId'])
  if (fields?.['v'] !== 1 || !channel || !serviceUrl || !conversationId || !botId) return undefined
  return {
    channel,
    serviceUrl,
    conversationId,
    botId,
    ...optional('tenantId', readString(fields['tenantId'])),
    ...optional('userId', readString(fields['userId'])),
    ...optional('conversationType', readString(fields['conversationType'])),
    ...optional('locale', readString(fields['locale'])),
    ...(fields['targeted'] === true ? { isTargeted: true } : {}),
  }
}

/** Whether it is a personal chat with the bot. */
export const isPersonal = ({ conversationType, isGroup }: Activity): boolean =>
  conversationType === undefined ? !isGroup : conversationType === 'personal'

/**
 * Whether an installation is one into a single channel: Teams adds a bot to a shared or private channel by itself
 * (https://learn.microsoft.com/microsoftteams/platform/build-apps-for-shared-private-channels).
 */
export const isChannelInstallation = ({ eventType }: Activity): boolean =>
  eventType?.toLowerCase() === 'channelmemberadded'

/** Whether a message in a group is between its writer and the bot alone; in a personal chat every one is. */
export const isTargeted = (activity: Activity): boolean => activity.isTargeted && !isPersonal(activity)

const optional = <K extends string>(key: K, value: string | undefined): { readonly [key in K]?: string } =>
  (value === undefined ? {} : { [key]: value }) as { readonly [key in K]?: string }
