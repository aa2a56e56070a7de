import { webApi } from '@slack/bolt'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../../../src/port.ts'
import { type Allowance, createAllowance, type Rate } from './call.ts'

/** A thread, or what stands in a channel itself; Slack limits each by itself. */
export type HistoryMethod = 'conversations.replies' | 'conversations.history'

/** Where a post to a conversation is looked for first. */
export const methodOf = ({ threadTs }: { readonly threadTs?: string }): HistoryMethod =>
  threadTs === undefined ? 'conversations.history' : 'conversations.replies'

/** How often history is read, for all purposes together. */
export interface HistoryBudget {
  /** How long to wait before history may be read, in milliseconds; 0: now, and the turn is taken. `keep`: as many turns are left for others. */
  take(team: string, method: HistoryMethod, keep?: number): number
  /** The same, without taking the turn. */
  waitMs(team: string, method: HistoryMethod): number
  /** How long to wait after a reading that failed, in milliseconds. */
  againMs(team: string, method: HistoryMethod): number
  /** Whether it may be read every few seconds, as far as is known. */
  isPlentiful(team: string, method: HistoryMethod): boolean
  /** Makes a request for which the turn was taken, and learns from Slack's answer. */
  read<Answer>(team: string, method: HistoryMethod, request: () => Promise<Answer>): Promise<Answer>
}

/**
 * Reads history as Slack allows: some 50 times a minute for an app of one's own, once a minute for one that is distributed outside the
 * Marketplace (https://docs.slack.dev/apis/web-api/rate-limits). Which of them it is, only Slack's answers tell where workspaces install the
 * app themselves (`isDistributed`). `everyMs`: the operator's own pause, in every workspace.
 */
export const createHistoryBudget = (
  clock: Clock,
  { everyMs, isDistributed }: { readonly everyMs: number | undefined; readonly isDistributed: boolean },
): HistoryBudget => {
  const paces = new LRUCache<string, HistoryPace>({ max: 10_000 })
  const paceOf = (team: string, method: HistoryMethod): HistoryPace => {
    const key = `${team} ${method}`
    const pace =
      paces.get(key) ?? (everyMs === undefined ? learn(clock, isDistributed) : keep(clock, everyMs))
    paces.set(key, pace)
    return pace
  }
  return {
    take: (team, method, left) => paceOf(team, method).take(left),
    waitMs: (team, method) => paceOf(team, method).waitMs(),
    againMs: (team, method) => Math.max(paceOf(team, method).waitMs(), everyMs ?? againMs),
    isPlentiful: (team, method) => paceOf(team, method).isPlentiful(),
    read: async (team, method, request) => {
      try {
        const answer = await request()
        paceOf(team, method).answered()
        return answer
      } catch (error) {
        if (error instanceof webApi.WebAPIRateLimitedError)
          paceOf(team, method).refused(Math.max(error.retryAfter, 1) * 1000)
        throw error
      }
    },
  }
}

/** Where history may be read less often than this, looking up replies needs every reading. */
const oftenMs = 5_000

const againMs = 5_000

/** Below Tier 3: 47 readings in a minute at most. */
const plentiful: Rate = { burst: 10, everyMs: 1_600 }

/** While it is not known what Slack allows, one reading at a time: only one is refused where that is one a minute. */
const careful: Rate = { burst: 1, everyMs: 1_000 }

/** After as many answers, none of them so long after the one before, it is known that Slack allows more than one a minute. */
const provenBy = 3

const provenWithinMs = 45_000

/** A limit that was told is kept for so many of its pauses, and twice as long each time it is told again. */
const keptForPauses = 10

const longestPauseMs = 10 * 60_000

const longestMs = 6 * 60 * 60_000

interface HistoryPace {
  take(left?: number): number
  waitMs(): number
  isPlentiful(): boolean
  answered(): void
  /** Slack wants to be asked again only after so many milliseconds. */
  refused(ms: number): void
}

function keep(clock: Clock, everyMs: number): HistoryPace {
  const allowance = createAllowance(clock, { burst: 1, everyMs })
  return {
    take: (left) => takeFrom(allowance, left),
    waitMs: () => allowance.waitMs(),
    isPlentiful: () => everyMs <= oftenMs,
    answered: () => {},
    refused: (ms) => allowance.block(ms),
  }
}

/** Begins with what the mode lets expect, slows down to what Slack says, and tries again later. */
function learn(clock: Clock, isDistributed: boolean): HistoryPace {
  let isProven = !isDistributed
  let allowance = createAllowance(clock, isProven ? plentiful : careful)
  let limit: Limit | undefined
  let keptForMs = 0
  let takenAt = -Infinity
  let takenBefore = -Infinity
  let answers = 0
  let answeredAt = -Infinity

  const current = (): Allowance => {
    if (limit !== undefined && clock.monotonic() >= limit.until) {
      limit = undefined
      allowance = createAllowance(clock, careful)
    }
    return allowance
  }

  return {
    take: (left) => {
      const waitMs = takeFrom(current(), left)
      if (waitMs === 0) [takenBefore, takenAt] = [takenAt, clock.monotonic()]
      return waitMs
    },
    waitMs: () => current().waitMs(),
    isPlentiful: () => isProven,
    answered: () => {
      const now = clock.monotonic()
      answers = now - answeredAt < provenWithinMs ? answers + 1 : 1
      answeredAt = now
      if (isProven || answers < provenBy) return
      isProven = true
      limit = undefined
      keptForMs = 0
      allowance = createAllowance(clock, plentiful)
    },
    refused: (ms) => {
      const now = clock.monotonic()
      // Had the pause since the turn before been longer by this, Slack would have answered.
      const pauseMs = takenBefore === -Infinity ? ms : now - takenBefore + ms
      const everyMs = Math.max(Math.min(pauseMs, longestPauseMs), ms, limit?.everyMs ?? 0)
      if (limit === undefined)
        keptForMs = keptForMs === 0 ? keptForPauses * everyMs : Math.min(2 * keptForMs, longestMs)
      limit = { everyMs, until: now + keptForMs }
      isProven = false
      answers = 0
      allowance = createAllowance(clock, { burst: 1, everyMs })
      allowance.block(ms)
    },
  }
}

/** What Slack has told: one reading each `everyMs`, kept until then by the monotonic clock. */
interface Limit {
  readonly everyMs: number
  readonly until: number
}

function takeFrom(allowance: Allowance, left: number | undefined): number {
  const waitMs = allowance.waitMs(left)
  if (waitMs === 0) allowance.take()
  return waitMs
}
