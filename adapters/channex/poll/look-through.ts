import { LRUCache } from 'lru-cache'
import type { Clock, Inbox, Log } from '../../../src/port.ts'
import type { ChannexClient } from '../api/client.ts'
import { ChannexError, isForGood } from '../api/error.ts'
import type { Thread } from '../wire.ts'
import { readSince, toArrivals } from './thread-messages.ts'
import { latenessMs } from './watermark.ts'

/** What to look through. */
export interface Stretch {
  /** Undefined: every property but those in `without`. */
  readonly propertyId: string | undefined
  readonly without: ReadonlySet<string>
  /** Messages from before this are ignored; like all times in milliseconds since 1970. */
  readonly begun: number
  /** Everything before this was read. */
  readonly until: number
  readonly now: number
}

/** Records what guests wrote in the threads that were active since. Rejects with the `ChannexError` that concerns all of them, or the store's error. */
export type LookThrough = (stretch: Stretch, signal: AbortSignal) => Promise<Found>

/** What `createLookThrough` needs. */
export interface LookThroughOptions {
  readonly client: Pick<ChannexClient, 'threads'>
  readonly recordThread: RecordThread
  readonly log: Log
}

/** Looks overlap by this much, for threads that become visible late. */
const overlapMs = 15 * 60_000

/** After this many unreadable threads the fault is not the threads'. */
const maxFailures = 3

/** Failures that may concern one thread or one property only, so the others must not wait. */
export const isOwnFailure = ({ code }: ChannexError): boolean => code === 'forbidden' || code === 'unknown'

/** Goes through the list of threads, the most recently active first. */
export const createLookThrough = ({ client, recordThread, log }: LookThroughOptions): LookThrough => {
  /** Returns the failure of one thread; throws a failure that concerns all of them. */
  const tryToRecord = async (
    thread: Thread,
    from: number,
    signal: AbortSignal,
  ): Promise<ChannexError | undefined> => {
    try {
      await recordThread(thread, from, signal)
      return undefined
    } catch (error) {
      if (signal.aborted || !(error instanceof ChannexError)) throw error
      const { id: conversation, propertyId: property } = thread
      log.warn(
        { platform: 'channex', conversation, property, code: error.code },
        'a thread cannot be looked into',
      )
      if (isForGood(error)) return undefined
      if (isOwnFailure(error)) return error
      throw error
    }
  }

  return async ({ propertyId, without, begun, until: before, now }, signal) => {
    const from = Math.max(begun, before - latenessMs)
    const refused = new Map<string, ChannexError>()
    let first: ChannexError | undefined
    let failures = 0
    let until = before
    let isListed = false

    /** When all properties are read, a refusal concerns its property only, however many threads are refused. */
    const note = (failure: ChannexError, owner: string | undefined): void => {
      const isOfOne = propertyId === undefined && failure.code === 'forbidden'
      if (isOfOne && owner !== undefined) {
        refused.set(owner, failure)
        return
      }
      first ??= failure
      if (isOfOne) return
      failures += 1
      if (failures >= maxFailures) throw failure
    }

    for await (const page of client.threads({ propertyId }, signal)) {
      const active = page.filter(({ activeAt }) => activeAt === undefined || activeAt >= before - overlapMs)
      if (active.length === 0) break
      for (const thread of active) {
        const owner = thread.propertyId ?? propertyId
        if (propertyId !== undefined && owner !== propertyId) continue
        isListed = true
        until = Math.max(until, Math.min(thread.activeAt ?? 0, now))
        if (owner !== undefined && (without.has(owner) || refused.has(owner))) continue
        const failure = await tryToRecord({ ...thread, propertyId: owner }, from, signal)
        if (failure !== undefined) note(failure, owner)
      }
    }
    return { until, isListed, refused, failure: first }
  }
}

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

/** What came of it. */
interface Found {
  /** How far the list of threads was read. */
  readonly until: number
  /** Whether any thread was listed. */
  readonly isListed: boolean
  /** Properties whose threads may not be read, found among all: the first refusal of each. */
  readonly refused: ReadonlyMap<string, ChannexError>
  /** What kept another thread from being read. */
  readonly failure: ChannexError | undefined
}

/** What has happened in a thread, as far as the list of threads tells. */
const toState = ({ messageCount, activeAt }: Thread): string => `${messageCount} ${activeAt}`
