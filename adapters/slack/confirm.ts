import { LRUCache } from 'lru-cache'
import type { Adapter, Clock, Confirmation, Part } from '../../src/port.ts'
import type { Call } from './call.ts'
import type { SlackConfig } from './config.ts'
import type { Echoes } from './echoes.ts'
import { readAddress, type SlackAddress } from './id.ts'
import { toFailure } from './outcome.ts'
import type { Routes } from './routes.ts'
import { readFields, readList, readMessage, readString } from './wire.ts'

/** As much as Slack gives apps outside its Marketplace at once (https://docs.slack.dev/apis/web-api/rate-limits). */
const pageSize = 15
/** How far Slack's clock may be behind ours. */
const clockToleranceMs = 60_000

const wait = (reason: string, afterMs: number): Confirmation => ({ outcome: 'cannot tell', reason, afterMs })

/** Says how long to wait before a method may be used again in a workspace, and takes its turn when that is 0. */
const createBudget = (clock: Clock, everyMs: number): ((team: string, method: string) => number) => {
  const freeAt = new LRUCache<string, number>({ max: 10_000 })
  return (team, method) => {
    const key = `${team} ${method}`
    const now = clock.now()
    const left = (freeAt.get(key) ?? now) - now
    if (left <= 0) freeAt.set(key, now + everyMs)
    return Math.max(left, 0)
  }
}

interface Query {
  readonly to: SlackAddress
  readonly since: number
  readonly cursor: string | undefined
}

const methodFor = ({ threadTs }: SlackAddress): string =>
  threadTs === undefined ? 'conversations.history' : 'conversations.replies'

/** One page of what was written where the part went: the thread, or the direct message itself. */
const lookUp = (call: Call, { to, since, cursor }: Query, signal: AbortSignal): Promise<unknown> =>
  call<unknown>({ ...to, method: methodFor(to) }, signal, (client, token) => {
    const options = {
      token,
      channel: to.channel,
      oldest: ((since - clockToleranceMs) / 1000).toFixed(6),
      limit: pageSize,
      include_all_metadata: true,
      ...(cursor === undefined ? {} : { cursor }),
    }
    return to.threadTs === undefined
      ? client.conversations.history(options)
      : client.conversations.replies({ ...options, ts: to.threadTs })
  })

/** What `createConfirm` needs. */
export interface ConfirmOptions {
  readonly config: Pick<SlackConfig, 'echoMs' | 'historyEveryMs'>
  readonly call: Call
  readonly routes: Routes
  readonly echoes: Echoes
  readonly clock: Clock
}

/** Tells whether a part was posted: by our own message event, else by reading where it would be, page by page. */
export const createConfirm = ({
  config,
  call,
  routes,
  echoes,
  clock,
}: ConfirmOptions): NonNullable<Adapter['confirm']> => {
  const { echoMs, historyEveryMs } = config
  const budget = createBudget(clock, historyEveryMs)
  const cursors = new LRUCache<string, string>({ max: 10_000 })

  const ask = async (part: Part, query: Query, signal: AbortSignal): Promise<Confirmation> => {
    const page = readFields(await lookUp(call, query, signal)) ?? {}
    echoes.noteAll(readList(page['messages']).map(readMessage))
    const ts = echoes.find(part.deliveryId)
    if (ts !== undefined) return { outcome: 'sent', id: ts }
    const next = readString(readFields(page['response_metadata'])?.['next_cursor'])
    if (next !== undefined) {
      cursors.set(part.deliveryId, next)
      return wait('Slack: there is more history to read', historyEveryMs)
    }
    cursors.delete(part.deliveryId)
    const complete = Array.isArray(page['messages']) && page['has_more'] !== true
    return complete ? { outcome: 'absent' } : wait('Slack: the history came back incomplete', historyEveryMs)
  }

  return async (part, since, signal) => {
    const ts = echoes.find(part.deliveryId)
    if (ts !== undefined) return { outcome: 'sent', id: ts }
    const stored = readAddress(part.address)
    if (stored === undefined)
      return { outcome: 'cannot tell', reason: 'Slack: the stored address cannot be read' }
    if (stored.responseUrl !== undefined)
      return { outcome: 'cannot tell', reason: 'Slack: nobody can look up a private answer' }
    const left = Math.max(since, echoes.expectedSince(part.deliveryId)) + echoMs - clock.now()
    if (left > 0) return wait('Slack: our own message event may still come', left)
    try {
      const to = await routes.resolve(stored)
      const busy = budget(to.team, methodFor(to))
      if (busy > 0) return wait('Slack: the history was read a moment ago', busy)
      return await ask(part, { to, since, cursor: cursors.get(part.deliveryId) }, signal)
    } catch (error) {
      const failure = toFailure(error)
      const resumed = cursors.delete(part.deliveryId)
      if (failure.outcome === 'rejected' && !resumed)
        return { outcome: 'cannot tell', reason: failure.reason }
      const afterMs = failure.outcome === 'retry' ? failure.afterMs : undefined
      return wait(failure.reason, Math.max(afterMs ?? 0, historyEveryMs))
    }
  }
}
