import type { Clock, Inbox, Log } from '../port.ts'
import type { LaneLog } from '../store/types.ts'
import { conversationKey, eventKey, turnGroup, turnLane, unroutedGroup } from './ids.ts'
import { type Router, type Routing, writeRouting } from './route.ts'

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
  return {
    accept: async (arrivals) => {
      const at = clock.now()
      const fresh = await laneLog.append(
        arrivals.map(({ conversation, keys, routing, payload }) => ({
          lane: turnLane(conversationKey(platform, conversation)),
          group: groupOf(routing),
          routing: writeRouting(routing),
          kind: 'event',
          keys: keys.map((key) => eventKey(platform, key)),
          payload,
          at,
        })),
      )
      for (const [index, { keys }] of arrivals.entries()) {
        log.debug({ platform, event: keys[0], new: fresh[index] }, 'event recorded')
      }
      return fresh.filter(Boolean).length
    },
  }
}
