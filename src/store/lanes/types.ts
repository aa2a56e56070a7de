/** The lane log as the core uses it. An `entry` is one recorded event of either direction; a `delivery` is one part of it on its way. */

/** One record to append. Its position in the lane is given when it is written. */
export interface Entry {
  /** One conversation in one direction; the unit of order. */
  readonly lane: string
  /** Set when the lane is made: the lanes that are claimed together. */
  readonly group: string
  /** Set when the lane is made, and handed out with its runs: the data by which its property is found. */
  readonly routing?: string
  readonly kind: string
  /** Globally unique; the entry is new when none of them is known. */
  readonly keys: readonly string[]
  readonly payload: string
  readonly at: number
}

/**
 * - `waiting`: certainly not sent yet
 * - `sending`: intended, outcome not known yet
 * - `sent`: the other side has it
 * - `failed`: given up or refused; `reason` says why
 */
export type DeliveryState = 'waiting' | 'sending' | 'sent' | 'failed'

/** One part of an entry on its way: first the intent, then the receipt. Overwritten when it changes. */
export interface Delivery {
  readonly pos: number
  readonly part: number
  readonly state: DeliveryState
  /** Exactly what is sent, so that a repeated attempt and a look-up use the same words. */
  readonly text: string
  /** Where to: the Mews thread's id, or empty. */
  readonly target: string
  /** The writer, for the transcript; empty where there is none. */
  readonly author: string
  /** The platform's own id of them. */
  readonly authorId?: string
  /** When the first attempt whose outcome is unknown began. */
  readonly startedAt: number
  /** The id the other side gave it. */
  readonly nativeId: string | null
  /** Sent again after an outcome that could not be looked up. */
  readonly possiblyTwice: boolean
  /** Whether a guest said it, and waits for the staff once they have it. Left out: no. */
  readonly awaitsReply?: boolean
  readonly reason: string | null
  /** When the state changed last. */
  readonly at: number
}

export interface StoredEntry {
  readonly pos: number
  readonly kind: string
  readonly payload: string
  readonly at: number
  /** The failed entry of its lane that it tries again, if it does. */
  readonly retryOf?: number
  /** What is known of its parts, by part; empty before the first attempt. */
  readonly deliveries: readonly Delivery[]
}

/** A lane's waiting entries in order, held until it is settled with `release` or `retry`, or the lease runs out. */
export interface Run {
  readonly lane: string
  readonly group: string
  /** The routing of the lane's first entry; empty where it had none. */
  readonly routing: string
  /** What was noted with the last settlement that had a note; empty before. */
  readonly note: string
  /** Fencing token: a settle with another one changes nothing. */
  readonly token: number
  /** Counted attempts since the cursor last moved, for the backoff. */
  readonly attempts: number
  /** When the first entry of the run began to fail, if it did, and when the run was claimed. Both are by one clock that was not set in between. */
  readonly failingSince: number | null
  readonly claimedAt: number
  readonly entries: readonly StoredEntry[]
}

/** A platform's event as it stands in its lane. */
export interface RecordedEvent extends Pick<StoredEntry, 'pos' | 'payload' | 'at'> {
  /** The lane's cursor is past it. */
  readonly done: boolean
}

/** How a lane fares. */
export interface LaneState extends Pick<Run, 'group' | 'note'> {
  /** Entries that are not done. */
  readonly waiting: number
  /** When its newest entry was appended. */
  readonly lastAt: number
  readonly failingSince: number | null
  /** Why it was last put off. */
  readonly reason: string | null
}

/** What is recorded under a key, and what is known of its parts. */
export interface Recorded {
  readonly lane: string
  readonly pos: number
  readonly deliveries: readonly Delivery[]
}

/** What happens next to a held lane. */
export type NextStep =
  | { readonly next: 'hold' }
  /** Something was settled; attempts and failingSince are cleared, the lane can be claimed at once. */
  | { readonly next: 'release' }
  /** Nothing is to be tried before `at`; `countAttempt: false` leaves the number of attempts as it is (rate limits, refused connections, shutdown). */
  | { readonly next: 'retry'; readonly at: number; readonly reason: string; readonly countAttempt: boolean }
  /**
   * Nothing can be done before there is an entry behind `seen`, or before `until`. `asked`: a person was asked for that entry, so waiting
   * is not a failure.
   */
  | {
      readonly next: 'await'
      readonly seen: number
      readonly until: number
      readonly reason: string
      readonly asked: boolean
    }
  /** As `release`, but from now on the lane belongs to this group. */
  | { readonly next: 'move'; readonly group: string }

export interface Settlement {
  readonly lane: string
  readonly token: number
  /** Intents and receipts, written over by (lane, pos, part). */
  readonly deliveries?: readonly Delivery[]
  /** The last position that is done; everything up to it is behind the cursor from now on. Left out: the cursor stays. */
  readonly doneThrough?: number
  readonly nextStep: NextStep
  /** A note to the lane's next holder, ids and times only. Left out: the earlier note stays. */
  readonly note?: string
  /** Entries for other lanes (notices) that are appended in the same transaction. */
  readonly append?: readonly Entry[]
  /** For whom the staff are to write now, or have written; recorded in the same transaction. */
  readonly waits?: readonly WaitChange[]
}

/** What happened to those who wait in a Mews thread. Times are Mews's, in milliseconds since 1970. */
export type WaitChange = WaitingPlace &
  (
    | {
        /** When guests' messages reached the thread. */
        readonly reachedAt: readonly number[]
        /** Whether the staff are to be told whose stay it is, where the thread is new. Left out: no. */
        readonly asksStay?: boolean
      }
    | {
        /** When the staff wrote a reply that the guest has now. It answers what reached any of the conversation's threads at the property before. */
        readonly answeredAt: number
        /** For the metrics: since when the guest waited for it, and whether it is the thread's first reply. Left out: nobody waited. */
        readonly waited?: { readonly since: number; readonly isFirst: boolean }
      }
    | { /** When the staff resolved the thread. */ readonly resolvedAt: number }
  )

/** Where a guest waits. */
export interface WaitingPlace {
  /** Mews's id of it. */
  readonly thread: string
  readonly conversation: string
  readonly property: string
}

export interface ClaimQuery {
  readonly group: string
  /** The most entries over all runs; whole runs are taken from the oldest due lanes until it is reached, the last run cut. */
  readonly limit: number
  /** The most entries of one lane. Default `limit`. */
  readonly limitPerLane?: number
  readonly leaseMs: number
}

/** An entry that was appended to its lane. */
export interface AppendedEntry {
  readonly lane: string
  readonly kind: string
  /** Its first key. */
  readonly key: string
  /** The message's name in the log, by which it is followed. */
  readonly trace: string
}

/** A recorded entry that the database refuses because of its content. */
export interface QuarantinedEntry extends AppendedEntry {
  /** The database's error code, because its message may quote what somebody wrote. */
  readonly code: string
}

/** The durable log of lanes. Every promise resolves after the commit that makes it true, and rejects when the store failed. */
export interface LaneLog {
  /**
   * Makes entries durable in their order, without reading anything: draining the spool finds out whether they are new, and appends them to
   * their lanes. Concurrent calls share commits.
   */
  record(entries: readonly Entry[]): Promise<void>
  /**
   * Appends what any process recorded to its lanes, oldest first, about `limit` entries, and fewer only where there were no more; resolves
   * with their number.
   */
  drain(limit: number): Promise<number>
  /** Calls back whenever this process has recorded something; returns how to stop. */
  onRecorded(listener: () => void): () => void
  /** Calls back with new entries once they are in their lanes; returns how to stop. */
  onAppended(listener: (placed: readonly AppendedEntry[]) => void): () => void
  /** Calls back with entries that the database refused and that stay in the spool, quarantined; returns how to stop. */
  onQuarantined(listener: (refused: readonly QuarantinedEntry[]) => void): () => void
  /** Appends all or none, in order; says for each whether it was new. Concurrent calls share commits. */
  append(entries: readonly Entry[]): Promise<readonly boolean[]>
  /** Claims due lanes of a group that have no holder, oldest first. */
  claim(query: ClaimQuery): Promise<readonly Run[]>
  /** Prolongs leases; resolves with the lanes that are still ours. */
  renew(runs: readonly Pick<Run, 'lane' | 'token'>[], leaseMs: number): Promise<ReadonlySet<string>>
  /** Gives lanes back unchanged, so that others can claim them at once; lanes that are no longer ours are skipped. */
  release(runs: readonly Pick<Run, 'lane' | 'token'>[]): Promise<void>
  /** Writes one lane's progress; false when its token is no longer ours, and then nothing was written. Concurrent calls share commits. */
  settle(settlement: Settlement): Promise<boolean>
  /** Makes every lane of a group that waits for a time or another entry due at once. */
  wake(group: string): Promise<void>
  /** What is recorded under these keys; unknown ones are left out. */
  recorded(keys: readonly string[]): Promise<ReadonlyMap<string, Recorded>>
  /** Every native id that is known for a target (Mews thread), of either state. */
  nativeIds(targets: readonly string[], since: number): Promise<ReadonlySet<string>>
  /** Which of these Mews message ids are known: given to something of ours, or recorded as replies (by the key `mews:<id>`). */
  knownMessages(ids: readonly string[]): Promise<ReadonlySet<string>>
  /** Whether a part of the newest entry of this kind before a position has failed. */
  lastHasFailed(place: {
    readonly lane: string
    readonly kind: string
    readonly before: number
  }): Promise<boolean>
  /** A lane's newest platform events, the newest first, without erased ones. */
  newestEvents(lane: string, limit: number): Promise<readonly RecordedEvent[]>
  /** The states of lanes; unknown ones are left out. */
  states(lanes: readonly string[]): Promise<ReadonlyMap<string, LaneState>>
  /** Calls back with a group's name whenever something in it may have become claimable; returns how to stop. */
  onReady(listener: (group: string) => void): () => void
}
