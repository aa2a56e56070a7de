import type { Arrival } from '../../../src/port.ts'
import type { BotFrameworkConfig } from '../config.ts'
import { isChannelInstallation, isPersonal, isTargeted } from '../conversation.ts'
import { isInstallation } from '../read/greeting.ts'
import { tenantOf, toConversationId, toKey, toRouting } from '../id.ts'
import { botOf, isBotId, type Bot } from '../text/mention.ts'
import type { Activity } from '../wire.ts'

/** What Teams sends that is nothing for the hotel; it is acknowledged and dropped. */
const passedOver: ReadonlySet<string> = new Set([
  'typing',
  'endOfConversation',
  'messageReaction',
  'event',
  'invoke',
  'trace',
])

/** Whether an activity's type is unknown. The log says so, since it may be something that people write. */
export const isUnknownType = ({ type }: Activity): boolean => !recorded.has(type) && !passedOver.has(type)

/** What guests do, and what tells where they can be reached. */
const recorded: ReadonlySet<string> = new Set([
  'message',
  'messageUpdate',
  'messageDelete',
  'installationUpdate',
  'conversationUpdate',
])

/**
 * Whether people may write here: the tenant that hosts the conversation is on the list, where there is one. In channels and group chats
 * the writer may be of another tenant, whom the host has let in; alone with the bot nobody is, so there two tenants are a contradiction.
 */
export const isAllowedTenant = (activity: Activity, { tenants: allowed }: BotFrameworkConfig): boolean => {
  if (isPersonal(activity) && activity.tenants.length > 1) return false
  return allowed.length === 0 || allowed.includes(tenantOf(activity) ?? '')
}

/**
 * Where an activity belongs. A team is told of twice when the bot comes into it, once for the whole and once for a channel of it: that is
 * one place. A shared or private channel is a place of its own: the bot is added to it after the team, and other people read there. What
 * somebody writes to the bot alone in a group is a conversation of its own, so that the others never read an answer to it.
 */
const placeOf = (activity: Activity, conversationId: string, bot: Bot): string => {
  if (isTargeted(activity)) return `${conversationId};private=${activity.from.id ?? ''}`
  const isTeam = isInstallation(activity, bot) && !isChannelInstallation(activity)
  return isTeam ? (activity.teamId ?? conversationId) : conversationId
}

/** What is recorded of an activity, `payload` being its JSON text; undefined for what is not for the hotel. */
export const toArrival = (
  activity: Activity,
  payload: string,
  { app }: BotFrameworkConfig,
  unique: () => string,
): Arrival | undefined => {
  const { type, conversationId } = activity
  const bot = botOf(activity, app?.id)
  if (conversationId === undefined || !recorded.has(type) || isBotId(activity.from.id, bot)) return undefined
  const conversation = toConversationId(placeOf(activity, conversationId, bot))
  return {
    conversation,
    keys: [toKey(activity, conversation, unique)],
    routing: toRouting(activity, conversationId),
    payload,
  }
}
