import type { AdapterContext, Arrival, Clock, Inbox, Log, Route, WebhookResponse } from '../../../src/port.ts'
import { failureCode } from '../../../src/util/failure.ts'
import { createRateLimitedReport } from '../../../src/util/rate-limited-report.ts'
import type { Authenticate } from '../api/sdk.ts'
import type { BotFrameworkConfig } from '../config.ts'
import {
  isChannelInstallation,
  isPersonal,
  isTargeted,
  tenantOf,
  toConversationId,
  toKey,
  toRouting,
} from '../id.ts'
import { isInstallation } from '../read/greeting.ts'
import { type Bot, botOf, isBotId } from '../text/mention.ts'
import type { Activity } from '../wire.ts'
import type { Refusal, Verify } from './verify.ts'

/** What the route needs. */
export interface ReceiveOptions {
  readonly config: BotFrameworkConfig
  readonly verify: Verify
  readonly authenticate: Authenticate
  readonly inbox: Inbox
  readonly clock: Clock
  readonly log: Log
  readonly count: AdapterContext['count']
  /** Gives a text that is different each time. */
  readonly unique: () => string
}

/** `POST /api/messages`: verified here and by the SDK, recorded, then acknowledged. */
export const createMessagesRoute = (options: ReceiveOptions): Route => {
  const { config, verify, authenticate, inbox, clock, log, count, unique } = options
  const tellRefused = createRateLimitedReport<Refusal>(
    clock,
    (times, { refused, reason }) =>
      log.info({ status: refused, reason, count: times }, 'botframework: refused a request'),
    { kindOf: ({ reason }) => reason },
  )
  const tellUnknown = createRateLimitedReport<string>(clock, (times, type) =>
    log.info(
      { type: /^\w{1,40}$/.test(type) ? type : 'unnamed', count: times },
      'botframework: passed over an activity of an unknown type',
    ),
  )
  // The tenants are Microsoft's ids only where it signed the token; without a token anyone can write them.
  const tellForeign = createRateLimitedReport<readonly string[]>(clock, (times, tenants) =>
    log.warn(
      { tenants: tenants.map((id) => (/^[\w-]{1,64}$/.test(id) ? id : 'unreadable')), count: times },
      'botframework: dropped activities of another tenant',
    ),
  )
  const refuse = (refusal: Refusal): WebhookResponse => {
    tellRefused(refusal)
    return { status: refusal.refused }
  }

  const record = async (arrival: Arrival | undefined): Promise<number> => {
    if (arrival === undefined) return 200
    try {
      await inbox.accept([arrival])
      return 200
    } catch (error) {
      const fields = { conversation: arrival.conversation, code: failureCode(error) }
      log.error(fields, 'botframework: an activity could not be recorded')
      return 503
    }
  }

  return {
    method: 'POST',
    path: '/api/messages',
    handle: async ({ headers, body }) => {
      const verdict = await verify({ headers, body })
      if ('refused' in verdict) return refuse(verdict)
      const { activity, fields } = verdict
      // Anything but a 200 makes Teams send it again.
      if (!isAllowedTenant(activity, config)) {
        count('foreign')
        tellForeign(activity.tenants)
        return { status: 200 }
      }
      const status = await authenticate(fields, headers['authorization'])
      if (status !== 200) return refuse({ refused: status, reason: 'the SDK did not let it in' })
      if (isUnknownType(activity)) tellUnknown(activity.type)
      return { status: await record(toArrival(activity, body.toString(), config, unique)) }
    },
  }
}

/** What Teams sends that is nothing for the hotel; it is acknowledged and dropped. */
const passedOver: ReadonlySet<string> = new Set([
  'typing',
  'endOfConversation',
  'messageReaction',
  'event',
  'invoke',
  'trace',
])

/** What guests do, and what tells where they can be reached. */
const recorded: ReadonlySet<string> = new Set([
  'message',
  'messageUpdate',
  'messageDelete',
  'installationUpdate',
  'conversationUpdate',
])

/**
 * Whether people may write here: the tenant that hosts the conversation is on the list, where there is one. In channels and group chats the
 * writer may be a guest from another tenant. In a personal chat there is one tenant only, so two tenants are refused.
 */
const isAllowedTenant = (activity: Activity, { tenants: allowed }: BotFrameworkConfig): boolean => {
  if (isPersonal(activity) && activity.tenants.length > 1) return false
  return allowed.length === 0 || allowed.includes(tenantOf(activity) ?? '')
}

/** Whether an activity's type is unknown. The log says so, since it may be something that people write. */
const isUnknownType = ({ type }: Activity): boolean => !recorded.has(type) && !passedOver.has(type)

/** What is recorded of an activity, `payload` being its JSON text; undefined for what is not for the hotel. */
const toArrival = (
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

/**
 * The conversation that an activity belongs to. When the bot is added to a team, Teams reports it twice, once for the team and once for a
 * channel; both count as one conversation. A shared or private channel has a conversation of its own, because the bot is added to it later,
 * and other people read there. A private message to the bot in a group has one of its own too, so that the others never read the answer.
 */
const placeOf = (activity: Activity, conversationId: string, bot: Bot): string => {
  if (isTargeted(activity)) return `${conversationId};private=${activity.from.id ?? ''}`
  const isTeam = isInstallation(activity, bot) && !isChannelInstallation(activity)
  return isTeam ? (activity.teamId ?? conversationId) : conversationId
}
