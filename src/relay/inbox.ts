import type { Clock, Inbox, Log } from '../port.ts'
import type { LaneLog } from '../store/types.ts'
import { conversationKey, turnGroup, turnLane } from './ids.ts'

/** Decides, from memory alone, which property a platform's event belongs to. */
export type Route = (platform: string, routing: Readonly<Record<string, string>>) => string

/** One platform's durable way in. */
export const createInbox = (options: {
  readonly platform: string
  readonly laneLog: LaneLog
  readonly route: Route
  readonly clock: Clock
  readonly log: Log
}): Inbox => {
  const { platform, laneLog, route, clock, log } = options
  return {
    accept: async (arrivals) => {
      const at = clock.now()
      const fresh = await laneLog.append(
        arrivals.map(({ conversation, keys, routing, payload }) => ({
          lane: turnLane(conversationKey(platform, conversation)),
          group: turnGroup(route(platform, routing)),
          kind: 'event',
          keys: keys.map((key) => `${platform}:${key}`),
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
