import type { MewsMessage } from '../../mews/wire.ts'
import type { Entry } from '../../store/lanes/types.ts'
import { platformOf, replyGroup, replyLane } from '../ids.ts'

/** A message of the hotel's staff, as it is recorded. */
export interface Reply {
  readonly v: 1
  readonly messageId: string
  readonly threadId: string
  readonly text: string
  /** Whose staff wrote it; left out in older records. */
  readonly property?: string
  /** Milliseconds since 1970, by Mews's clock, in whole seconds. */
  readonly createdAt: number
}

/** A reply's record in the lane of the conversation it belongs to. */
export const replyEntry = (
  conversation: string,
  { id, threadId, text, createdAt }: MewsMessage,
  property: string,
  at: number,
): Entry => {
  const reply: Reply = { v: 1, messageId: id, threadId, text, property, createdAt }
  return {
    lane: replyLane(conversation),
    group: replyGroup(platformOf(conversation)),
    kind: 'reply',
    keys: [messageKey(id)],
    payload: JSON.stringify(reply),
    at,
  }
}

/** Reads a recorded reply. */
export const readReply = (payload: string): Reply => JSON.parse(payload) as Reply

/** The key of a Mews message, no matter how it was found. */
const messageKey = (messageId: string): string => `mews:${messageId}`
