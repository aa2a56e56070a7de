import type { Clock } from '../../../src/port.ts'
import type { ChannexClient } from '../api/client.ts'
import { toRequest } from '../receive/event.ts'
import { withPatience } from '../../../src/util/patience.ts'
import { findMessage } from '../poll/thread-messages.ts'
import type { Kind } from './turn.ts'

/** The request with what its line says in the thread, where the webhook left that out; as it is where that cannot be had in time. Never rejects. */
export type FindDetails = (event: Kind<'request'>, signal: AbortSignal) => Promise<Kind<'request'>>

/** Looks into the thread for a request that came without details. */
export const createFindDetails =
  (client: Pick<ChannexClient, 'threadMessages'>, clock: Clock): FindDetails =>
  async (event, signal) => {
    const { conversation, messageId, details, status } = event
    if (messageId === undefined || Object.keys(details).length > 0) return event
    const line = await withPatience(clock, signal, (late) =>
      findMessage(client, conversation, messageId, late),
    ).catch(() => undefined)
    if (line === undefined) return event
    const told = toRequest(event, line)
    return { ...event, details: told.details, status: status ?? told.status }
  }
