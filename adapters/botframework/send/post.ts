import type { CloudAdapter } from 'botbuilder/lib/cloudAdapter.js'
import type { Adapter, Clock, Log, Outcome } from '../../../src/port.ts'
import { failureCode } from '../../../src/util/failure.ts'
import { communityServiceUrl, isServiceUrl } from '../api/cloud.ts'
import type { ConnectorHttp } from '../api/http-client.ts'
import { Undelivered } from '../api/outcome.ts'
import type { BotFrameworkConfig } from '../config.ts'
import { type BotAddress, readAddress } from '../id.ts'
import { type Card, toCards } from '../text/card.ts'
import type { Limits, Throttles } from './limits.ts'

/** Makes at most one request; never throws. */
export type Post = (address: BotAddress, posting: Posting, signal: AbortSignal) => Promise<Outcome>

/** What posting needs. */
export interface PostOptions {
  readonly config: BotFrameworkConfig
  readonly sdk: CloudAdapter
  readonly http: ConnectorHttp
  readonly limits: Limits
  readonly throttles: Throttles
  readonly log: Log
}

/** Posts to exactly the conversation of an address, within Teams' limits. */
export const createPost = ({ config, sdk, http, limits, throttles, log }: PostOptions): Post => {
  /** Tenants that turned out to be served by the government community cloud's host. */
  const community = new Set<string>()

  const hand = async (address: BotAddress, posting: Posting): Promise<Outcome> => {
    const serviceUrl = community.has(address.tenantId ?? '') ? communityServiceUrl : address.serviceUrl
    let id: string | undefined
    await sdk.continueConversationAsync(
      config.app?.id ?? '',
      toReference(address, serviceUrl),
      async (context) => {
        // Without this the SDK replies to an activity with a made-up id.
        delete context.activity.id
        id = (await context.sendActivity(posting))?.id
      },
    )
    return id === undefined || id === '' ? { outcome: 'sent' } : { outcome: 'sent', id }
  }

  const explain = (error: unknown, { conversationId, tenantId }: BotAddress): Outcome => {
    if (!(error instanceof Undelivered)) {
      log.error({ code: failureCode(error) }, 'botframework: the SDK failed while it sent')
      return { outcome: 'unknown', reason: `the SDK failed (${failureCode(error)})` }
    }
    const { outcome, reply, status } = error
    if (status === 429 && outcome.outcome === 'retry' && outcome.afterMs === undefined)
      return { ...outcome, afterMs: throttles.refused(conversationId) }
    const elsewhere = outcome.outcome === 'rejected' && reply === 'InvalidBotApiHost'
    if (!elsewhere || tenantId === undefined || community.has(tenantId)) return outcome
    community.add(tenantId)
    return { outcome: 'retry', reason: outcome.reason, afterMs: 0 }
  }

  return async (address, posting, signal) => {
    if (!isServiceUrl(address.serviceUrl, config))
      return {
        outcome: 'rejected',
        reason: 'the stored address is at a host that is not allowed; BOT_SERVICE_URLS names further ones',
        kind: 'set-up',
      }
    const { conversationId, userId, isTargeted = false } = address
    if (isTargeted && userId === undefined)
      return {
        outcome: 'rejected',
        reason: 'Teams did not say who asked in private; reach the guest another way',
      }
    const afterMs = throttles.wait(conversationId) || limits.take(address)
    if (afterMs > 0) return { outcome: 'retry', reason: 'more at once than Teams takes', afterMs }
    try {
      const outcome = await http.within({ signal, isGroup: isGroup(address), isTargeted }, () =>
        hand(address, posting),
      )
      if (outcome.outcome === 'sent') throttles.accepted(conversationId)
      return outcome
    } catch (error) {
      return explain(error, address)
    }
  }
}

/** Sends one part as plain text, which Teams shows as it is, with buttons for its choices. */
export const createSend =
  (post: Post): Adapter['send'] =>
  async (part, signal) => {
    const address = readAddress(part.address)
    if (address === undefined) return { outcome: 'rejected', reason: 'the stored address cannot be read' }
    const attachments = [...toCards(part.choices)]
    const message = { type: 'message', textFormat: 'plain', text: part.text } as const
    return post(address, attachments.length === 0 ? message : { ...message, attachments }, signal)
  }

/** Teams shows it for about as long. */
const shownForMs = 3000

/** Shows guests at once, by the typing indicator, that their message was received. The core tells them where delivery fails. */
export const createTyping = (post: Post, clock: Clock): NonNullable<Adapter['acknowledge']> => {
  /** Oldest first. */
  const shownAt = new Map<string, number>()

  const isShown = (conversationId: string, now: number): boolean => {
    for (const [id, at] of shownAt) {
      if (at + shownForMs > now) break
      shownAt.delete(id)
    }
    return shownAt.has(conversationId)
  }

  return async ({ address, state }, signal) => {
    const place = readAddress(address)
    const now = clock.monotonic()
    if (state !== 'recorded' || place === undefined || isShown(place.conversationId, now)) return
    // Everyone in the group would see it.
    if (place.isTargeted === true) return
    shownAt.set(place.conversationId, now)
    await post(place, { type: 'typing' }, signal)
  }
}

/** What is posted. */
type Posting =
  | {
      readonly type: 'message'
      readonly textFormat: 'plain'
      readonly text: string
      readonly attachments?: Card[]
    }
  | { readonly type: 'typing' }

const toReference = (address: BotAddress, serviceUrl: string): Reference => {
  const { conversationId, conversationType, tenantId, userId } = address
  const conversation = { id: conversationId, isGroup: isGroup(address), conversationType, tenantId }
  const user = userId === undefined ? {} : { user: { id: userId, name: '' } }
  const bot = { id: address.botId, name: '' }
  return { channelId: address.channel, serviceUrl, bot, ...user, conversation } as Reference
}

type Reference = Parameters<CloudAdapter['continueConversationAsync']>[1]

const isGroup = ({ conversationType }: BotAddress): boolean =>
  conversationType !== undefined && conversationType !== 'personal'
