import type { Clock, Log } from '../../src/port.ts'
import type { ChannexClient } from './client.ts'
import { ChannexError, isForGood } from './error.ts'
import type { RecordThread } from './record-thread.ts'
import { firstLookMs, latenessMs, type Looked, type Watermark } from './watermark.ts'
import type { Thread } from './wire.ts'

/** Looks through the threads that were active since the last look, and records what guests wrote there. Rejects with `ChannexError` or the store's error; then nothing counts as looked at. */
export type Sync = (signal: AbortSignal) => Promise<void>

/** What `createSync` needs. */
export interface SyncOptions {
  readonly client: Pick<ChannexClient, 'threads'>
  readonly recordThread: RecordThread
  /** Undefined: every property. */
  readonly propertyId: string | undefined
  readonly watermark: Watermark
  readonly clock: Clock
  readonly log: Log
}

/** Looks overlap by this much, for threads that become visible late. */
const overlapMs = 15 * 60_000
/** After so many threads that could not be read it is not the threads. */
const maxFailures = 3

/** Failures that may be one thread's own; no other thread must wait for it. */
const isOwnFailure = ({ code }: ChannexError): boolean => code === 'forbidden' || code === 'unknown'

/** Makes the look. Two at one time do no harm: what both find is recorded once, and a mark that goes back is only a longer look. */
export const createSync = (options: SyncOptions): Sync => {
  const { client, recordThread, propertyId, watermark, clock, log } = options

  const isOurs = (thread: Thread): boolean =>
    propertyId === undefined || thread.propertyId === undefined || thread.propertyId === propertyId

  /** Gives what keeps a thread from being read for now, while others may be; throws what concerns them all. */
  const tryToRecord = async (
    thread: Thread,
    from: number,
    signal: AbortSignal,
  ): Promise<ChannexError | undefined> => {
    try {
      await recordThread({ ...thread, propertyId: thread.propertyId ?? propertyId }, from, signal)
      return undefined
    } catch (error) {
      if (signal.aborted || !(error instanceof ChannexError)) throw error
      const { code } = error
      log.warn({ platform: 'channex', conversation: thread.id, code }, 'a thread cannot be looked into')
      if (isForGood(error)) return undefined
      if (isOwnFailure(error)) return error
      throw error
    }
  }

  /** How far we have come after looking through everything since `before`. */
  const lookSince = async (before: Looked, now: number, signal: AbortSignal): Promise<Looked> => {
    const messagesFrom = Math.max(before.begun, before.until - latenessMs)
    const failures: ChannexError[] = []
    let { until } = before
    for await (const page of client.threads({ propertyId }, signal)) {
      const active = page.filter(
        ({ activeAt }) => activeAt === undefined || activeAt >= before.until - overlapMs,
      )
      if (active.length === 0) break
      for (const thread of active.filter(isOurs)) {
        const failure = await tryToRecord(thread, messagesFrom, signal)
        if (failure !== undefined && failures.push(failure) >= maxFailures) throw failure
        until = Math.max(until, Math.min(thread.activeAt ?? 0, now))
      }
    }
    if (failures[0] !== undefined) throw failures[0]
    return { begun: before.begun, until }
  }

  return async (signal) => {
    const now = clock.now()
    const first = { begun: now - firstLookMs, until: now - firstLookMs }
    const before = (await watermark.get()) ?? first
    await watermark.set(await lookSince(before, now, signal))
  }
}
