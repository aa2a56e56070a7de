import type { Arrival } from '../../src/port.ts'
import type { BotFrameworkConfig } from './config.ts'
import { isInstallation } from './greet.ts'
import { toConversationId, toKey, toRouting } from './id.ts'
import { botOf } from './mention.ts'
import type { Activity } from './wire.ts'

/** What guests do, and what tells where they can be reached. Everything else Teams sends is acknowledged and dropped. */
const recorded: ReadonlySet<string> = new Set([
  'message',
  'messageUpdate',
  'messageDelete',
  'installationUpdate',
  'conversationUpdate',
])

/** Whether an activity's tenant may write: it contradicts itself nowhere and is on the list, where there is one. */
export const isAllowedTenant = ({ tenants }: Activity, { tenants: allowed }: BotFrameworkConfig): boolean =>
  tenants.length <= 1 && (allowed.length === 0 || allowed.includes(tenants[0] ?? ''))

const isOwn = ({ from, recipient }: Activity, appId: string | undefined): boolean =>
  from.id !== undefined && (from.id === recipient.id || from.id === `28:${appId ?? ''}`)

/** A team is told of twice when the bot comes into it, once for the whole and once for a channel of it: that is one place. */
const placeOf = (activity: Activity, conversationId: string, appId: string | undefined): string =>
  activity.teamId !== undefined && isInstallation(activity, botOf(activity, appId))
    ? activity.teamId
    : conversationId

/** What is recorded of an activity, `payload` being its JSON text; undefined for what is not for the hotel. */
export const toArrival = (
  activity: Activity,
  payload: string,
  { app }: BotFrameworkConfig,
  unique: () => string,
): Arrival | undefined => {
  const { type, conversationId } = activity
  if (conversationId === undefined || !recorded.has(type) || isOwn(activity, app?.id)) return undefined
  const conversation = toConversationId(placeOf(activity, conversationId, app?.id))
  return {
    conversation,
    keys: [toKey(activity, conversation, unique)],
    routing: toRouting(activity, conversationId),
    payload,
  }
}
