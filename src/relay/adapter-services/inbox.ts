import type { Arrival, Clock, Inbox, Log } from '../../port.ts'
import { placeAll } from '../../store/spool/place-all.ts'
import type { Entry, LaneLog } from '../../store/types.ts'
import { conversationKey, eventKey, turnGroup, turnLane, unroutedGroup } from '../ids.ts'
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
      await placeAll(laneLog)
      const fresh = await laneLog.append(toEntries(arrivals))
      note(arrivals)
      return fresh.filter(Boolean).length
    },
  }
}
