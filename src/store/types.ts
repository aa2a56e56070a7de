import type { Entry, LaneLog, WaitChange, WaitingPlace } from './lanes/types.ts'
import type { Traces } from './traces.ts'

/** A Mews thread: first the intent to open it, then its id. */
export interface ThreadRow {
  readonly conversation: string
  readonly property: string
  /** In the thread's subject: by it an opened thread is found again. */
  readonly reference: string
  readonly subject: string
  readonly sender: string
  /** When the intent was recorded. */
  readonly startedAt: number
  /** Null while it is not known whether it was opened. */
  readonly threadId: string | null
  /** Whether the binding is written in both directions. */
  readonly bound: boolean
  readonly activeAt: number
  /** How often it was seen to be resolved or opened again: odd while it is resolved. */
  readonly changes: number
}

/** A thread that certainly was opened. */
export interface OpenedThread extends ThreadRow {
  readonly threadId: string
}

/** The Mews threads that were or are being opened. `conversation` is `<platform>:<ConversationId>`. */
export interface Threads extends Traces {
  /** False when the reference is another thread's already, and then nothing was changed. */
  intend(intent: ThreadIntent): Promise<boolean>
  /**
   * Restarts the same intent, possibly with other words. False, without a change, when the intent is no longer as given, because the thread
   * was opened or its words were erased.
   */
  intendAgain(
    intent: ThreadIntent,
    anew: Pick<ThreadRow, 'subject' | 'sender' | 'startedAt'>,
  ): Promise<boolean>
  /** A conversation's newest thread or intent, of one property or of any. */
  latest(conversation: string, property?: string): Promise<ThreadRow | undefined>
  lastBound(conversation: string): Promise<OpenedThread | undefined>
  opened(intent: Pick<ThreadRow, 'conversation' | 'reference'>, threadId: string, at: number): Promise<void>
  bound(conversation: string, threadId: string): Promise<void>
  /** Intents of every conversation that were opened but not bound: what start-up repairs. */
  unbound(): Promise<readonly ThreadRow[]>
  /**
   * A page of a property's opened threads, the most recently active last: a thread that becomes active moves on to a later page, so none is
   * missed.
   */
  active(query: ActiveThreadsQuery): Promise<readonly OpenedThread[]>
  byId(threadIds: readonly string[]): Promise<readonly ThreadRow[]>
  touch(threadIds: readonly string[], at: number): Promise<void>
  /** Notes how often it has been seen to be resolved or opened again. */
  changed(threadId: string, changes: number): Promise<void>
}

/** Small named values: watermarks and the like. */
export interface Marks {
  get(name: string): Promise<string | undefined>
  set(name: string, value: string): Promise<void>
  /** Removes those whose names begin with `prefix` and go on with something that comes before `before`, digit by digit. */
  forget(prefix: string, before: string): Promise<void>
}

/** The mark of a database's own secret, which every store has. */
export const secretMark = 'secret'

/** A Mews thread in which a guest waits for the staff. */
export interface Wait extends WaitingPlace {
  /** When the first message that waits reached Mews, by its clock, in milliseconds since 1970. */
  readonly since: number
  /** The newest one. */
  readonly latest: number
  /** The highest step of the alarms that was begun in this wait, in minutes; 0: none. */
  readonly step: number
  /** How far that alarm has come; empty: nothing is left to do. */
  readonly alarm: string
}

/** Who waits for the staff. Settlements begin and end waits; here they are read, and the threads that were resolved are noted. */
export interface Waits {
  /** What is known of a thread; undefined where no message of a guest reached it. */
  of(thread: string): Promise<{ readonly since: number | null; readonly isReplied: boolean } | undefined>
  /** The waits of a property, the longest first, `limit` at most; `unless`: without those whose alarms are done up to this step. */
  running(query: {
    readonly property: string
    readonly limit: number
    readonly before?: number
    readonly unless?: number
  }): Promise<readonly Wait[]>
  /** Ends waits in threads that the staff resolved. */
  resolved(changes: readonly WaitChange[]): Promise<void>
  /** Records how far a wait's alarm has come. False, without a change, where the wait has ended or another process was faster. */
  alarmed(
    was: Pick<Wait, 'thread' | 'since' | 'step' | 'alarm'>,
    step: number,
    alarm: string,
  ): Promise<boolean>
  /** Threads of a property in which the staff are to be told whose stay it is, the oldest first. */
  untoldStays(property: string, limit: number): Promise<readonly UntoldStay[]>
  /** Appends what the staff are told, once; `entries` may be empty. False, without a change, where that was done or the guest was erased meanwhile. */
  stayTold(thread: string, entries: readonly Entry[]): Promise<boolean>
}

/** A new thread whose guest's stay may be looked up. */
export interface UntoldStay extends Pick<WaitingPlace, 'thread' | 'conversation'> {
  /** When something last happened in it, by Mews's clock, in milliseconds since 1970. */
  readonly at: number
  /** The platform's event with the first message of a guest in it; empty where it was erased. */
  readonly payload: string
}

/** Leases by name, for what one process at a time may do. */
export interface NamedLeases {
  /** Takes a free lease, with its last holder's note (empty at first); undefined while it is taken. */
  take(name: string, leaseMs: number): Promise<{ readonly token: number; readonly note: string } | undefined>
  /** Prolongs it; false when it is no longer ours, and then nothing was changed. */
  renew(name: string, token: number, leaseMs: number): Promise<boolean>
  /** Leaves a note to the next holder; false when it is no longer ours, and then nothing was changed. */
  note(name: string, token: number, note: string): Promise<boolean>
  /** Gives it up; changes nothing when it is no longer ours. Where that fails, it is done before this process takes the lease again. */
  release(name: string, token: number, note: string): Promise<void>
}

export interface Store {
  /** Whether other processes may work on the same database at the same time. */
  readonly shared: boolean
  readonly log: LaneLog
  readonly threads: Threads
  readonly marks: Marks
  readonly leases: NamedLeases
  readonly waits: Waits
  /** A Keyv storage adapter on the same database for one namespace. */
  keyv(namespace: string): KeyvStorage
  /** Rejects while the database cannot be reached. */
  check(): Promise<void>
  close(): Promise<void>
}

/** The methods that Keyv 5.6 calls on a storage adapter. */
export interface KeyvStorage {
  opts: { readonly url: string; readonly dialect: string }
  namespace?: string | undefined
  get(key: string): Promise<string | undefined>
  getMany(keys: string[]): Promise<(string | undefined)[]>
  set(key: string, value: string, ttl?: number): Promise<boolean>
  setMany(entries: { key: string; value: string; ttl?: number }[]): Promise<void>
  delete(key: string): Promise<boolean>
  deleteMany(keys: string[]): Promise<boolean>
  clear(): Promise<void>
  has(key: string): Promise<boolean>
  iterator(namespace?: string): AsyncGenerator<[string, string], void>
  disconnect(): Promise<void>
  on(event: string, listener: (...args: unknown[]) => void): unknown
}

/** What is recorded before a thread is opened. */
type ThreadIntent = Pick<
  ThreadRow,
  'conversation' | 'property' | 'reference' | 'subject' | 'sender' | 'startedAt'
>

interface ActiveThreadsQuery {
  readonly property: string
  readonly since: number
  readonly limit: number
  /** The last one of the page before. */
  readonly after?: Pick<OpenedThread, 'activeAt' | 'threadId'> | undefined
}
