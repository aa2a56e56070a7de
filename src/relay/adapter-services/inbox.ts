import type { Arrival, Clock, ConversationId, Directory, Inbox, Log } from '../../port.ts'
import { drainAll } from '../../store/spool/drain.ts'
import type { Entry, LaneLog } from '../../store/lanes/types.ts'
import type { Store } from '../../store/types.ts'
import {
  conversationKey,
  conversationOf,
  eventKey,
  replyLane,
  turnGroup,
  turnLane,
  unroutedGroup,
} from '../ids.ts'
import { type Router, type Routing, writeRouting } from '../routing/router.ts'

/** One platform's durable way in. */
export const createInbox = (options: {
  readonly platform: string
  readonly laneLog: LaneLog
  readonly route: Router
  readonly clock: Clock
  readonly log: Log
}): Inbox => {
  const { platform, laneLog, route, clock, log } = options
  const groupOf = (routing: Routing): string => {
    const whose = route(platform, routing)
    return 'property' in whose ? turnGroup(whose.property) : unroutedGroup(platform)
  }

  const toEntries = (arrivals: readonly Arrival[]): readonly Entry[] => {
    const at = clock.now()
    return arrivals.map(({ conversation, keys, routing, payload }) => ({
      lane: turnLane(conversationKey(platform, conversation)),
      group: groupOf(routing),
      routing: writeRouting(routing),
      kind: 'event',
      keys: keys.map((key) => eventKey(platform, key)),
      payload,
      at,
    }))
  }

  const note = (arrivals: readonly Arrival[]): void => {
    for (const { keys } of arrivals) log.debug({ platform, event: keys[0] }, 'event recorded')
  }

  return {
    accept: async (arrivals) => {
      await laneLog.record(toEntries(arrivals))
      note(arrivals)
    },
    acceptFound: async (arrivals) => {
      await drainAll(laneLog)
      const fresh = await laneLog.append(toEntries(arrivals))
      note(arrivals)
      return fresh.filter(Boolean).length
    },
  }
}

/** Answers what one platform's adapter asks about its conversations. */
export const createDirectory = (
  platform: string,
  { log: laneLog, threads }: Pick<Store, 'log' | 'threads'>,
): Directory => ({
  isBridged: async (conversation) =>
    (await threads.lastBound(conversationKey(platform, conversation))) !== undefined,
  statesOf: async (conversations) => {
    const keys = conversations.map((conversation) => conversationKey(platform, conversation))
    await drainAll(laneLog)
    const states = await laneLog.states(keys.flatMap((key) => [turnLane(key), replyLane(key)]))
    return conversations.flatMap((conversation, index) => {
      const key = keys[index] ?? ''
      const turns = states.get(turnLane(key))
      const replies = states.get(replyLane(key))
      if (turns === undefined && replies === undefined) return []
      const waiting = (turns?.waiting ?? 0) + (replies?.waiting ?? 0)
      return [{ conversation, waiting, lastAt: Math.max(turns?.lastAt ?? 0, replies?.lastAt ?? 0) }]
    })
  },
  conversationOf: async (keys) => {
    await drainAll(laneLog)
    const recorded = await laneLog.recorded(keys.map((key) => eventKey(platform, key)))
    const [first] = recorded.values()
    if (first === undefined) return undefined
    return conversationOf(first.lane).slice(platform.length + 1) as ConversationId
  },
  sentParts: (ids) => laneLog.knownMessages(ids),
})
