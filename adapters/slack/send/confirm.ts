import { LRUCache } from 'lru-cache'
import type { Adapter, Confirmation, Part, RemoteClock } from '../../../src/port.ts'
import { refusalCode, type Call } from '../api/call.ts'
import type { SlackConfig } from '../config.ts'
import type { Echoes, Post } from './echoes.ts'
import type { HistoryBudget } from '../read/earlier-messages.ts'
import { readAddress, type SlackAddress } from '../id.ts'
import { toFailure } from './outcome.ts'
import type { Routes } from '../workspace/channels.ts'
import type { Threads } from '../workspace/threads.ts'
import { readFields, readList, readMessage, readString } from '../wire.ts'
import { isMisplaced, type Withdrawals } from './withdraw.ts'

/** The most that Slack gives apps outside its Marketplace in one page (https://docs.slack.dev/apis/web-api/rate-limits). */
const pageSize = 15

/** How far the times of Slack's messages may be behind its clock as it is known here, and while it is not known. */
const clockToleranceMs = 60_000

const unknownToleranceMs = 26 * 60 * 60_000

/** What `createConfirm` needs. */
export interface ConfirmOptions {
  readonly config: Pick<SlackConfig, 'echoMs' | 'historyEveryMs'>
  readonly call: Call
  readonly budget: HistoryBudget
  readonly routes: Routes
  readonly echoes: Echoes
  readonly threads: Threads
  readonly withdrawals: Withdrawals
  /** Slack's own clock, by which `since` is measured. */
  readonly slackClock: Pick<RemoteClock, 'now' | 'skewMs'>
}

/**
 * Finds out whether a part was posted: by our own message event, or else by reading the thread page by page. If the thread's first message
 * is gone, the part may be in the channel itself, so it is looked for there, too, and withdrawn.
 */
export const createConfirm = (options: ConfirmOptions): NonNullable<Adapter['confirm']> => {
  const { routes, echoes, slackClock } = options
  const { echoMs } = options.config
  const judge = createJudge(options)
  const ask = createAsk(options, judge)

  return async (part, since, signal) => {
    const stored = readAddress(part.address)
    if (stored === undefined)
      return { outcome: 'cannot tell', reason: 'Slack: the stored address cannot be read' }
    if (stored.responseUrl !== undefined)
      return { outcome: 'cannot tell', reason: 'Slack: nobody can look up a private answer' }
    try {
      const to = await routes.resolve(stored)
      const post = echoes.find(part.deliveryId)
      if (post !== undefined) return await judge(part, to, post, signal)
      const left = Math.max(since, echoes.expectedSince(part.deliveryId)) + echoMs - slackClock.now()
      // It is longer only if a wrong clock recorded the attempt.
      if (left > 0 && left <= echoMs) return wait('Slack: our own message event may still come', left)
      return await ask(part, to, earliest(since, slackClock), signal)
    } catch (error) {
      return wait(toFailure(error).reason, options.config.historyEveryMs)
    }
  }
}

/** Withdraws a part that is in the wrong place. It then counts as absent, and `send` says why it cannot be posted. */
function createJudge({ config, withdrawals }: ConfirmOptions): Judge {
  return async (part, to, post, signal) => {
    if (!isMisplaced(to, { ...post, channel: to.channel })) return { outcome: 'sent', id: post.ts }
    const failure = await withdrawals.withdraw(part, to, post, signal)
    return failure.outcome === 'rejected'
      ? { outcome: 'absent' }
      : wait(failure.reason, config.historyEveryMs)
  }
}

/** The outcome of a part that was found in Slack. */
type Judge = (part: Part, to: SlackAddress, post: Post, signal: AbortSignal) => Promise<Confirmation>

const wait = (reason: string, afterMs: number): Confirmation => ({ outcome: 'cannot tell', reason, afterMs })

/** Reads one page of the thread, and of the channel itself once the thread turns out to be gone. */
function createAsk({ config, call, budget, echoes, threads }: ConfirmOptions, judge: Judge): Ask {
  const { historyEveryMs } = config
  const cursors = new LRUCache<string, string>({ max: 10_000 })
  const outside = new LRUCache<string, true>({ max: 10_000 })

  const lookOutside: Ask = (part, to, since, signal) => {
    outside.set(part.deliveryId, true)
    cursors.delete(part.deliveryId)
    return ask(part, to, since, signal)
  }

  const readPage = async (part: Part, query: Query, signal: AbortSignal): Promise<Confirmation> => {
    const { to, method, since } = query
    const page = readFields(await lookUp(call, query, signal)) ?? {}
    const messages = readList(page['messages'])
    echoes.noteAll(to.channel, messages.map(readMessage))
    const post = echoes.find(part.deliveryId)
    if (post !== undefined) return judge(part, to, post, signal)
    const next = readString(readFields(page['response_metadata'])?.['next_cursor'])
    if (next !== undefined) {
      cursors.set(part.deliveryId, next)
      return wait('Slack: there is more history to read', historyEveryMs)
    }
    cursors.delete(part.deliveryId)
    const complete = Array.isArray(page['messages']) && page['has_more'] !== true
    if (!complete) return wait('Slack: the history came back incomplete', historyEveryMs)
    // An existing thread has at least its first message.
    if (method === 'conversations.replies' && messages.length === 0)
      return lookOutside(part, to, since, signal)
    if (outside.delete(part.deliveryId)) await threads.end(to)
    return { outcome: 'absent' }
  }

  const ask: Ask = async (part, to, since, signal) => {
    const flat = to.threadTs === undefined || outside.has(part.deliveryId)
    const method = flat ? 'conversations.history' : 'conversations.replies'
    const busy = budget(to.team, method)
    if (busy > 0) return wait('Slack: the history was read a moment ago', busy)
    try {
      return await readPage(part, { to, method, since, cursor: cursors.get(part.deliveryId) }, signal)
    } catch (error) {
      if (!flat && refusalCode(error) === 'thread_not_found') return lookOutside(part, to, since, signal)
      const failure = toFailure(error)
      const resumed = cursors.delete(part.deliveryId)
      if (failure.outcome === 'rejected' && !resumed)
        return { outcome: 'cannot tell', reason: failure.reason }
      const afterMs = failure.outcome === 'retry' ? failure.afterMs : undefined
      return wait(failure.reason, Math.max(afterMs ?? 0, historyEveryMs))
    }
  }
  return ask
}

type Ask = (part: Part, to: SlackAddress, since: number, signal: AbortSignal) => Promise<Confirmation>

interface Query {
  readonly to: SlackAddress
  readonly method: Method
  readonly since: number
  readonly cursor: string | undefined
}

/** Where a part is looked for: the thread, or what stands in the channel itself. */
type Method = 'conversations.history' | 'conversations.replies'

/** One page of what was written where the part went. */
const lookUp = (call: Call, { to, method, since, cursor }: Query, signal: AbortSignal): Promise<unknown> =>
  call<unknown>({ ...to, method }, signal, (client, token) => {
    const options = {
      token,
      channel: to.channel,
      oldest: (since / 1000).toFixed(6),
      limit: pageSize,
      include_all_metadata: true,
      ...(cursor === undefined ? {} : { cursor }),
    }
    return method === 'conversations.history'
      ? client.conversations.history(options)
      : client.conversations.replies({ ...options, ts: to.threadTs ?? '' })
  })

/** The earliest time at which the part may have been posted in Slack. */
function earliest(since: number, slackClock: ConfirmOptions['slackClock']): number {
  const now = slackClock.now()
  const isCertain = slackClock.skewMs() !== undefined && since <= now + clockToleranceMs
  return isCertain ? since - clockToleranceMs : Math.min(since, now) - unknownToleranceMs
}
