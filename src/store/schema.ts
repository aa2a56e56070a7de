import type { Kysely, Transaction } from 'kysely'
import type { DeliveryState } from './lanes/types.ts'

/** A lane's row: its cursor, its holder and its failures. Times in milliseconds since 1970. */
export interface LaneTable {
  readonly id: string
  readonly grp: string
  /** The last position that is done. */
  readonly head: number
  /** The last position that was given; something waits while it is beyond `head`. */
  readonly tail: number
  /** Grows with every claim. */
  readonly token: number
  /** 0 while the lane has no holder. */
  readonly lease_until: number
  /** Its place among the group's waiting lanes; a failing lane is not tried before. */
  readonly next_at: number
  readonly attempts: number
  /** Null unless the entry after `head` has failed. */
  readonly failing_since: number | null
  readonly reason: string | null
  /** The routing of the lane's first entry; empty where it had none. */
  readonly routing: string
  /**
   * Not 0: another entry makes the lane due at once, whatever `next_at` says. 2: a person was asked for it, and waiting until `next_at` is
   * not a failure.
   */
  readonly awaiting: number
  /** The last holder's note to the next; empty at first. */
  readonly note: string
}

export interface DeliveryTable {
  readonly lane: string
  readonly pos: number
  readonly part: number
  readonly state: DeliveryState
  readonly text: string
  readonly target: string
  readonly author: string
  /** Empty where there is no writer, and once it was erased. */
  readonly author_id: string
  readonly started_at: number
  readonly native_id: string | null
  /** 0 or 1. */
  readonly possibly_twice: number
  /** 0 or 1. */
  readonly awaits_reply: number
  readonly reason: string | null
  readonly at: number
}

export interface ThreadTable {
  readonly reference: string
  readonly conversation: string
  readonly property: string
  readonly subject: string
  readonly sender: string
  readonly started_at: number
  readonly thread_id: string | null
  /** 0 or 1. */
  readonly bound: number
  readonly active_at: number
  readonly changes: number
}

export interface KeyvTable {
  /** Which storage adapter the row belongs to. */
  readonly space: string
  readonly key: string
  readonly value: string
  readonly expires_at: number | null
}

/** A named lease: work that one process does at a time. */
export interface LeaseTable {
  readonly name: string
  /** Grows whenever the lease is taken. */
  readonly token: number
  /** 0 once it was given up. */
  readonly until: number
  /** What a holder leaves to the next. */
  readonly note: string
}

/** A Mews thread in which a guest waits or waited for the staff. Times are Mews's, in milliseconds since 1970. */
export interface WaitTable {
  readonly thread: string
  readonly conversation: string
  readonly property: string
  /** When the first message that waits reached Mews; null while none does. */
  readonly since: number | null
  /** When those after it did, with spaces between them. */
  readonly later: string
  /** What reached Mews up to then is answered; 0: nothing is. */
  readonly answered: number
  /** 1 once a reply of this thread has reached the guest. */
  readonly replied: number
  /** When something last happened to it. */
  readonly at: number
  /** The highest step of the alarms that was begun in this wait, in minutes; 0: none. */
  readonly step: number
  /** How far that alarm has come, as the alarms have written it; empty: nothing is left to do. */
  readonly alarm: string
  /** 1: the staff are still to be told whose stay it is; 0 or 1. */
  readonly stay: number
}

/** The tables, the same on every database. */
export interface Schema {
  readonly lane: LaneTable
  readonly entry: EntryTable
  readonly seen: SeenTable
  readonly delivery: DeliveryTable
  readonly thread: ThreadTable
  readonly wait: WaitTable
  readonly mark: MarkTable
  readonly keyv: KeyvTable
  readonly lease: LeaseTable
  readonly migration: MigrationTable
}

export type Db = Kysely<Schema>

export type Trx = Transaction<Schema>

/** Insert-only. */
interface EntryTable {
  readonly lane: string
  readonly pos: number
  readonly kind: string
  readonly payload: string
  readonly at: number
  /** The failed entry of its lane that it tries again. */
  readonly retry_of: number | null
}

/** Every key under which an entry may come again. */
interface SeenTable {
  readonly key: string
  readonly lane: string
  readonly pos: number
}

interface MarkTable {
  readonly name: string
  readonly value: string
}

interface MigrationTable {
  readonly number: number
  readonly name: string
  readonly at: number
}
