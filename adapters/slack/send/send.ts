import { LRUCache } from 'lru-cache'
import type { Adapter, Clock, Outcome, Part, RemoteClock } from '../../../src/port.ts'
import { splitText } from '../../../src/util/text.ts'
import { type Call, NotInstalledError, refusalCode } from '../api/call.ts'
import { type HistoryBudget, methodOf } from '../api/history.ts'
import { RefreshError } from '../api/installation.ts'
import { type Place, readAddress, type SlackAddress } from '../id.ts'
import { toBlocks } from '../text/choices.ts'
import { toSlackText } from '../text/format.ts'
import { type Fields, metadataType, readFields, readString } from '../wire.ts'
import type { MissingChannels, Routes } from '../workspace/channels.ts'
import type { Echoes, Post } from './echoes.ts'
import { channelMissing, isChannelMissing, toFailure } from './outcome.ts'
import { isResponseUrl, respond } from './response-url.ts'
import { isMisplaced, type Withdrawals } from './withdraw.ts'

/** Above about 4,000 characters Slack splits a message itself, and does not say which piece keeps the metadata; counted with escapes. */
const maxSlackText = 4000

const maxPart = 3500

/** Cuts a reply into parts of at most 3,500 characters, smaller where escaping makes them long. */
export const split = (text: string, limit: number = maxPart): readonly string[] =>
  splitText(text, limit).flatMap((part) =>
    toSlackText(part).length > maxSlackText ? split(part, Math.ceil(part.length / 2)) : [part],
  )

/** After these errors the installation can no longer post there; another one in the same shared channel may. */
const lost: ReadonlySet<string | undefined> = new Set([
  'account_inactive',
  'token_revoked',
  'invalid_auth',
  'not_authed',
  'team_access_not_granted',
  'not_in_channel',
  'channel_not_found',
])

/** What `createSend` needs. */
export interface SendOptions {
  readonly apiUrl: string
  readonly call: Call
  readonly pace: ChannelPace
  readonly budget: Pick<HistoryBudget, 'isPlentiful'>
  readonly routes: Routes
  readonly missingChannels: MissingChannels
  readonly echoes: Echoes
  readonly withdrawals: Withdrawals
  /** Slack's own. */
  readonly slackClock: Pick<RemoteClock, 'now'>
  readonly clock: Clock
  readonly fetch: typeof globalThis.fetch
}

/** Sends one part as plain text, marked with its delivery id. Makes one request and never repeats it. */
export const createSend = (options: SendOptions): Required<Pick<Adapter, 'mayBegin' | 'send'>> => {
  const { apiUrl, routes, clock, budget, fetch } = options
  const posting = createPosting(clock, budget)
  const post = createPost(options)
  const send: Adapter['send'] = async (part, signal) => {
    const stored = readAddress(part.address)
    if (stored === undefined)
      return { outcome: 'rejected', reason: 'Slack: the stored address cannot be read' }
    if (signal.aborted) return { outcome: 'retry', reason: 'stopped before sending' }
    const { responseUrl } = stored
    if (responseUrl !== undefined)
      return isResponseUrl(responseUrl, apiUrl)
        ? respond(responseUrl, part.text, fetch, signal)
        : { outcome: 'rejected', reason: 'Slack: the answer would go to a host that is not Slack' }
    try {
      return await post(part, await routes.resolve(stored), signal)
    } catch (error) {
      return toFailure(error)
    }
  }
  return {
    mayBegin: posting.begin,
    send: (part, signal) => send(part, signal).finally(() => posting.end(part)),
  }
}

/** Which part is being posted in a workspace where history is scarce. */
interface Posting {
  /** For the adapter's `mayBegin`. */
  readonly begin: NonNullable<Adapter['mayBegin']>
  /** Its attempt has ended. */
  end(part: Part): void
}

/** One part stands in the way of others for no longer than this. */
const longestPostMs = 1000

/** How long a part waits for its turn, and after how long it may ask again. */
const queueMs = 500

/**
 * Lets one part after the other begin in a workspace whose history may be read rarely, since whatever is on its way at a crash has to be
 * looked up there. Elsewhere all begin at once.
 */
const createPosting = (clock: Clock, budget: Pick<HistoryBudget, 'isPlentiful'>): Posting => {
  const posted = new LRUCache<
    string,
    { readonly id: string; readonly until: number; readonly ended: AbortController }
  >({ max: mostKept })
  const isBusy = (team: string, id: string): boolean => {
    const now = posted.get(team)
    return now !== undefined && now.id !== id && now.until > clock.monotonic()
  }
  return {
    begin: async ({ address, deliveryId: id }, signal) => {
      const to = readAddress(address)
      if (to === undefined || to.responseUrl !== undefined || budget.isPlentiful(to.team, methodOf(to)))
        return 0
      const { team } = to
      for (const end = clock.monotonic() + queueMs; isBusy(team, id);) {
        const { until = 0, ended = new AbortController() } = posted.get(team) ?? {}
        const waitMs = Math.min(until, end) - clock.monotonic()
        if (waitMs <= 0 || signal.aborted) return queueMs
        await clock.sleep(waitMs, AbortSignal.any([signal, ended.signal]))
      }
      posted.set(team, { id, until: clock.monotonic() + longestPostMs, ended: new AbortController() })
      return 0
    },
    end: ({ address, deliveryId }) => {
      const team = readAddress(address)?.team ?? ''
      const now = posted.get(team)
      if (now?.id !== deliveryId) return
      posted.delete(team)
      now.ended.abort()
    },
  }
}

/** Slack takes about one message a second in each of its channels (https://docs.slack.dev/apis/web-api/rate-limits). */
const everyMs = 1000

const mostKept = 10_000

/**
 * Says how long to wait, in milliseconds, before a delivery may be posted to a channel; 0: now. A delivery that has to wait gets a second
 * reserved, so that the threads of a channel take turns.
 */
export type ChannelPace = (channel: string, deliveryId: string) => number

/** Allows one post a second in each channel. */
export const createChannelPace = (clock: Clock): ChannelPace => {
  const freeAt = new LRUCache<string, number>({ max: mostKept })
  const reserved = new LRUCache<string, number>({ max: mostKept })
  return (channel, deliveryId) => {
    const now = clock.monotonic()
    const own = reserved.get(deliveryId)
    if (own !== undefined) {
      if (own <= now) reserved.delete(deliveryId)
      return Math.max(own - now, 0)
    }
    const slot = Math.max(freeAt.get(channel) ?? now, now)
    freeAt.set(channel, slot + everyMs)
    if (slot > now) reserved.set(deliveryId, slot)
    return slot - now
  }
}

/** Posts to a conversation. If this installation is gone, the next attempt uses another. */
const createPost = (options: SendOptions) => {
  const { call, pace, routes, missingChannels, echoes, withdrawals, slackClock } = options
  const replace = createReplace({ call })
  const judge = createJudge(options)
  return async (part: Part, to: SlackAddress, signal: AbortSignal): Promise<Outcome> => {
    const replaced = await replace(part, to, signal)
    if (replaced !== undefined) return replaced
    const refusal = await withdrawals.refusal(part, to)
    if (refusal !== undefined) return refusal
    const afterMs = pace(to.channel, part.deliveryId)
    if (afterMs > 0) return { outcome: 'retry', reason: 'Slack: one message a second', afterMs }
    let answer: unknown
    try {
      answer = await call({ ...to, method: 'chat.postMessage' }, signal, (client, token) =>
        client.apiCall('chat.postMessage', { token, ...toMessage(part, to) }),
      )
    } catch (error) {
      const failure = toFailure(error)
      const missingMs = isChannelMissing(error) ? await missingChannels.miss(to.channel) : 0
      if (missingMs > 0) return { outcome: 'retry', reason: channelMissing, afterMs: missingMs }
      if (failure.outcome === 'unknown') echoes.expect(part.deliveryId, slackClock.now())
      if (!isLost(error) || !(await routes.drop(to.channel, to))) return failure
      return { outcome: 'retry', reason: `${failure.reason}; another installation takes over` }
    }
    missingChannels.found(to.channel)
    return judge(answer, part, to, signal)
  }
}

/** Replaces a message of ours by a part; undefined where there is none that could be changed. */
const createReplace =
  ({ call }: Pick<SendOptions, 'call'>) =>
  async (part: Part, to: SlackAddress, signal: AbortSignal): Promise<Outcome | undefined> => {
    const { channel, replaces } = to
    if (replaces === undefined) return undefined
    try {
      await call({ ...to, method: 'chat.update' }, signal, (client, token) =>
        client.apiCall('chat.update', { token, channel, ts: replaces, ...toContent(part), blocks: [] }),
      )
      return { outcome: 'sent', id: replaces }
    } catch (error) {
      const failure = toFailure(error)
      return failure.outcome === 'rejected' ? undefined : failure
    }
  }

const toContent = ({ deliveryId, text }: Part) => ({
  text: toSlackText(text),
  metadata: { event_type: metadataType, event_payload: { delivery_id: deliveryId } },
})

/** Checks a successful answer: Slack may have put the post in another place, or cut it short. */
const createJudge = ({ routes, withdrawals }: SendOptions) => {
  /** The channel may also go by another id now. */
  const isInWrongPlace = async (to: SlackAddress, post: Post): Promise<boolean> =>
    isMisplaced(to, post) &&
    !(post.threadTs === to.threadTs && (await routes.ids(post.channel ?? to.channel)).includes(to.channel))

  return async (answer: unknown, part: Part, to: SlackAddress, signal: AbortSignal): Promise<Outcome> => {
    const post = readPost(readFields(answer) ?? {}, to)
    if (post === undefined) return { outcome: 'sent' }
    const misplaced = await isInWrongPlace(to, post)
    if (!misplaced && !isCut(readFields(answer) ?? {})) return { outcome: 'sent', id: post.ts }
    try {
      const failure = await withdrawals.withdraw(part, to, post, signal)
      if (misplaced || failure.outcome !== 'rejected') return failure
      return {
        outcome: 'rejected',
        reason: 'Slack: the text is too long (message_truncated)',
        kind: 'too long',
      }
    } catch (error) {
      return { outcome: 'unknown', reason: toFailure(error).reason }
    }
  }
}

/** Where Slack says it put a post; without the message in the answer, where it was asked to. */
const readPost = (answer: Fields, to: Place): Post | undefined => {
  const ts = readString(answer['ts'])
  if (ts === undefined) return undefined
  const message = readFields(answer['message'])
  const threadTs = message === undefined ? to.threadTs : readString(message['thread_ts'])
  return { ts, threadTs, channel: readString(answer['channel']) ?? to.channel }
}

/** This is how Slack says that it left out the end of a text (https://docs.slack.dev/reference/methods/chat.postMessage#truncating). */
const isCut = (answer: Fields): boolean => {
  const warnings = readFields(answer['response_metadata'])?.['warnings']
  return Array.isArray(warnings) && warnings.includes('message_truncated')
}

const toMessage = (part: Part, { channel, threadTs }: Place): Record<string, unknown> => {
  const blocks = toBlocks(part.text, part.choices)
  return {
    channel,
    ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
    ...toContent(part),
    ...(blocks === undefined ? {} : { blocks }),
    mrkdwn: false,
    unfurl_links: false,
    unfurl_media: false,
  }
}

const isLost = (error: unknown): boolean =>
  error instanceof NotInstalledError ||
  (error instanceof RefreshError && error.final) ||
  lost.has(refusalCode(error))
