import { LRUCache } from 'lru-cache'
import type { Clock, Inbox, Log } from '../../../src/port.ts'
import type { ChannexClient } from '../api/client.ts'
import { readSince, toArrivals } from './thread-messages.ts'
import type { Thread } from '../wire.ts'

/** Records what guests wrote in a thread at `from` (milliseconds since 1970) or later. Rejects with `ChannexError` or the store's error. */
export type RecordThread = (thread: Thread, from: number, signal: AbortSignal) => Promise<void>

/** What `createRecordThread` needs. */
export interface RecordThreadOptions {
  readonly client: Pick<ChannexClient, 'threadMessages'>
  readonly inbox: Inbox
  readonly clock: Clock
  readonly log: Log
}

const maxThreads = 10_000

/** What has happened in a thread, as far as the list of threads tells. */
const toState = ({ messageCount, activeAt }: Thread): string => `${messageCount} ${activeAt}`

/** Reads newest first; a thread that has not changed since the last time is not asked again. */
export const createRecordThread = ({ client, inbox, clock, log }: RecordThreadOptions): RecordThread => {
  const seen = new LRUCache<string, string>({ max: maxThreads })

  return async (thread, from, signal) => {
    if (seen.get(thread.id) === toState(thread)) return
    // What is known already comes again and is recognised when it is recorded.
    const arrivals = toArrivals(await readSince(client, thread.id, from, signal), thread, clock.now())
    const fresh = arrivals.length === 0 ? 0 : await inbox.acceptFound(arrivals)
    if (fresh > 0)
      log.info({ platform: 'channex', conversation: thread.id, fresh }, 'messages found without a webhook')
    seen.set(thread.id, toState(thread))
  }
}
