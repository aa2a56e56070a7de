import type { Address } from '../../src/port.ts'
import { isTargeted } from './conversation.ts'
import { tenantOf } from './id.ts'
import { readFields, readString, type Activity } from './wire.ts'

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

const optional = <K extends string>(key: K, value: string | undefined): { readonly [key in K]?: string } =>
  (value === undefined ? {} : { [key]: value }) as { readonly [key in K]?: string }

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
