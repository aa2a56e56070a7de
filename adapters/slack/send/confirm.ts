import { LRUCache } from 'lru-cache'
import type { Adapter, Confirmation, Part, RemoteClock } from '../../../src/port.ts'
import { refusalCode, type Call } from '../api/call.ts'
import { type HistoryBudget, type HistoryMethod, methodOf } from '../api/history.ts'
import type { SlackConfig } from '../config.ts'
import type { Echoes, Post } from './echoes.ts'
import { readAddress, type SlackAddress } from '../id.ts'
import { channelMissing, isChannelMissing, toFailure } from './outcome.ts'
import type { MissingChannels, Routes } from '../workspace/channels.ts'
import type { Threads } from '../workspace/threads.ts'
import { readFields, readList, readMessage, readString } from '../wire.ts'
import { isMisplaced, type Withdrawals } from './withdraw.ts'

/** How many messages are asked for at once; the fewer are the most that apps outside the Marketplace get (https://docs.slack.dev/apis/web-api/rate-limits). */
const pageSize = { plentiful: 100, scarce: 15 } as const

/**
 * How long our own message event is waited for where no setting says it. Where history is scarce, so long that one reading is enough: after
 * it what was posted at the last moment is there, too.
 */
const echoMsWhere = { plentiful: 2_000, scarce: 15_000 } as const

/** Our own message event may come meanwhile. */
const busyMs = 10_000

/** How far the times of Slack's messages may be behind its clock as it is known here, and while it is not known. */
const clockToleranceMs = 60_000

const unknownToleranceMs = 26 * 60 * 60_000

/** What `createConfirm` needs. */
export interface ConfirmOptions {
  readonly config: Pick<SlackConfig, 'echoMs'>
  readonly call: Call
  readonly budget: HistoryBudget
  readonly routes: Routes
  readonly missingChannels: MissingChannels
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
  const echoIn = createEchoIn(options)
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
      const left = echoIn(part.deliveryId, to, since)
      if (left > 0) return wait('Slack: our own message event may still come', left)
      return await ask(part, to, earliest(since, slackClock), signal)
    } catch (error) {
      return wait(toFailure(error).reason, options.budget.againMs(stored.team, methodOf(stored)))
    }
  }
}

/** How long our own event of a part may still take. One of an attempt before the start went to another process, and Slack repeats it later. */
function createEchoIn({ config, budget, echoes, slackClock }: ConfirmOptions) {
  const leftOf = (at: number, ms: number): number => {
    const left = at + ms - slackClock.now()
    // It is longer only if a wrong clock recorded the attempt.
    return left <= ms ? left : 0
  }

  return (deliveryId: string, to: SlackAddress, since: number): number => {
    const expectedAt = echoes.expectedSince(deliveryId)
    if (config.echoMs !== undefined) return leftOf(Math.max(since, expectedAt), config.echoMs)
    if (budget.isPlentiful(to.team, methodOf(to))) return leftOf(expectedAt, echoMsWhere.plentiful)
    if (expectedAt === 0) echoes.expect(deliveryId, slackClock.now())
    return leftOf(echoes.expectedSince(deliveryId), echoMsWhere.scarce)
  }
}

/** Withdraws a part that is in the wrong place. It then counts as absent, and `send` says why it cannot be posted. */
function createJudge({ budget, withdrawals }: ConfirmOptions): Judge {
  return async (part, to, post, signal) => {
    if (!isMisplaced(to, { ...post, channel: to.channel })) return { outcome: 'sent', id: post.ts }
    const failure = await withdrawals.withdraw(part, to, post, signal)
    return failure.outcome === 'rejected'
      ? { outcome: 'absent' }
      : wait(failure.reason, budget.againMs(to.team, methodOf(to)))
  }
}

/** The outcome of a part that was found in Slack. */
type Judge = (part: Part, to: SlackAddress, post: Post, signal: AbortSignal) => Promise<Confirmation>

const wait = (reason: string, afterMs: number): Confirmation => ({ outcome: 'cannot tell', reason, afterMs })

/** Reads one page of the thread, and of the channel itself once the thread turns out to be gone. */
function createAsk(options: ConfirmOptions, judge: Judge): Ask {
  const { budget, echoes, threads, missingChannels } = options
  const look = createLook(options)
  const cursors = new LRUCache<string, string>({ max: 10_000 })
  const outside = new LRUCache<string, true>({ max: 10_000 })

  const lookOutside: Ask = (part, to, since, signal) => {
    outside.set(part.deliveryId, true)
    cursors.delete(part.deliveryId)
    return ask(part, to, since, signal)
  }

  const toConfirmation = async (
    part: Part,
    { to, method, since }: Query,
    answer: unknown,
    signal: AbortSignal,
  ): Promise<Confirmation> => {
    const page = readFields(answer) ?? {}
    const messages = readList(page['messages'])
    echoes.noteAll(to.channel, messages.map(readMessage))
    const post = echoes.find(part.deliveryId)
    if (post !== undefined) return judge(part, to, post, signal)
    const next = readString(readFields(page['response_metadata'])?.['next_cursor'])
    if (next !== undefined) {
      cursors.set(part.deliveryId, next)
      return wait('Slack: there is more history to read', budget.waitMs(to.team, method))
    }
    cursors.delete(part.deliveryId)
    const complete = Array.isArray(page['messages']) && page['has_more'] !== true
    if (!complete) return wait('Slack: the history came back incomplete', budget.againMs(to.team, method))
    // An existing thread has at least its first message.
    if (method === 'conversations.replies' && messages.length === 0)
      return lookOutside(part, to, since, signal)
    if (outside.delete(part.deliveryId)) await threads.end(to)
    return { outcome: 'absent' }
  }

  const ask: Ask = async (part, to, since, signal) => {
    const flat = to.threadTs === undefined || outside.has(part.deliveryId)
    const method = flat ? 'conversations.history' : 'conversations.replies'
    const query = { to, method, since, cursor: cursors.get(part.deliveryId) } as const
    try {
      const looked = look(query, signal)
      if (typeof looked === 'number')
        return wait('Slack: the history was read a moment ago', Math.min(looked, busyMs))
      return await toConfirmation(part, query, await looked, signal)
    } catch (error) {
      if (!flat && refusalCode(error) === 'thread_not_found') return lookOutside(part, to, since, signal)
      const missingMs = isChannelMissing(error) ? await missingChannels.miss(to.channel) : 0
      if (missingMs > 0) return wait(channelMissing, missingMs)
      const failure = toFailure(error)
      const resumed = cursors.delete(part.deliveryId)
      if (failure.outcome === 'rejected' && !resumed)
        return { outcome: 'cannot tell', reason: failure.reason }
      const afterMs = failure.outcome === 'retry' ? failure.afterMs : undefined
      return wait(failure.reason, Math.max(afterMs ?? 0, budget.againMs(to.team, method)))
    }
  }
  return ask
}

type Ask = (part: Part, to: SlackAddress, since: number, signal: AbortSignal) => Promise<Confirmation>

interface Query {
  readonly to: SlackAddress
  readonly method: HistoryMethod
  readonly since: number
  readonly cursor: string | undefined
}

/** Reads a page once for all parts that ask for it at the same time; a number: how long to wait before it may be read. */
function createLook({ call, budget }: ConfirmOptions) {
  const inFlight = new Map<string, Promise<unknown>>()
  return (query: Query, signal: AbortSignal): Promise<unknown> | number => {
    const { to, method } = query
    const key = JSON.stringify([to.team, method, ...pageOf(query)])
    const going = inFlight.get(key)
    if (going !== undefined) return going
    const busy = budget.take(to.team, method)
    if (busy > 0) return busy
    const limit = budget.isPlentiful(to.team, method) ? pageSize.plentiful : pageSize.scarce
    const answer = budget.read(to.team, method, () => lookUp(call, query, limit, signal))
    inFlight.set(key, answer)
    void answer.catch(() => undefined).finally(() => inFlight.delete(key))
    return answer
  }
}

/** Whole minutes, so that parts of one place ask for the same page. */
const pageOf = ({ to, method, since, cursor }: Query) =>
  [
    to.channel,
    method === 'conversations.replies' ? to.threadTs : '',
    Math.floor(since / minuteMs),
    cursor,
  ] as const

const minuteMs = 60_000

/** One page of what was written where the part went. */
const lookUp = (call: Call, query: Query, limit: number, signal: AbortSignal): Promise<unknown> =>
  call<unknown>({ ...query.to, method: query.method }, signal, (client, token) => {
    const [channel, ts = '', minute, cursor] = pageOf(query)
    const options = {
      token,
      channel,
      oldest: (minute * 60).toFixed(6),
      limit,
      include_all_metadata: true,
      ...(cursor === undefined ? {} : { cursor }),
    }
    return query.method === 'conversations.history'
      ? client.conversations.history(options)
      : client.conversations.replies({ ...options, ts })
  })

/** The earliest time at which the part may have been posted in Slack. */
function earliest(since: number, slackClock: ConfirmOptions['slackClock']): number {
  const now = slackClock.now()
  const isCertain = slackClock.skewMs() !== undefined && since <= now + clockToleranceMs
  return isCertain ? since - clockToleranceMs : Math.min(since, now) - unknownToleranceMs
}
