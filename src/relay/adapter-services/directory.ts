import type { ConversationId, Directory } from '../../port.ts'
import { placeAll } from '../../store/spool/place-all.ts'
import type { LaneLog } from '../../store/types.ts'
import { conversationKey, conversationOf, eventKey, replyLane, turnLane } from '../ids.ts'

/** What one platform's adapter may ask about its conversations. */
export const createDirectory = (platform: string, laneLog: LaneLog): Directory => ({
  statesOf: async (conversations) => {
    const keys = conversations.map((conversation) => conversationKey(platform, conversation))
    await placeAll(laneLog)
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
    await placeAll(laneLog)
    const recorded = await laneLog.recorded(keys.map((key) => eventKey(platform, key)))
    const [first] = recorded.values()
    if (first === undefined) return undefined
    return conversationOf(first.lane).slice(platform.length + 1) as ConversationId
  },
})
