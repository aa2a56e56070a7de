import type { DeliveryState, Entry, WaitChange } from '../lanes/types.ts'
import type { Conversations, ListPlace } from '../search/types.ts'
import type { SpoolSize } from '../spool/spool.ts'

/** Which way something goes: to the hotel, or to the guest. */
export type Direction = 'turn' | 'reply'

/** One part of an entry, as it was sent or is to be sent. */
export interface TranscriptPart {
  readonly part: number
  readonly state: DeliveryState
  readonly text: string
  readonly author: string
  readonly target: string
  readonly nativeId: string | null
  readonly possiblyTwice: boolean
  readonly reason: string | null
  readonly at: number
}

/** One recorded entry of a conversation. */
export interface TranscriptEntry {
  readonly direction: Direction
  readonly lane: string
  readonly pos: number
  /** `event`, `reply` or `notice`. */
  readonly kind: string
  /** Empty when it was erased; `{}` for any other event of a platform. */
  readonly payload: string
  readonly at: number
  readonly done: boolean
  /** Empty before it is prepared, and for what carries nothing. */
  readonly parts: readonly TranscriptPart[]
}

/** Where another page of a transcript begins: positions of both directions, exclusive. */
export interface TranscriptPlace {
  readonly turn: number
  readonly reply: number
}

/** Some entries of a conversation: a quarter of a megabyte of text at most, or one entry that takes more. */
export interface TranscriptPage {
  /** Oldest first. */
  readonly entries: readonly TranscriptEntry[]
  /** Where it goes on, the way it was read; undefined when there is nothing more. */
  readonly next: TranscriptPlace | undefined
}

/** An entry that waits or has failed, for repair. */
export interface FailedDelivery {
  readonly lane: string
  /** The lane group, such as `turn:<property>`. */
  readonly group: string
  readonly pos: number
  readonly kind: string
  /** When it was recorded. */
  readonly at: number
  /** When it failed, or when it began to fail; null while nothing has failed. */
  readonly failedAt: number | null
  readonly reason: string | null
  /** The failed entry of its lane that it tries again; null where it does not. */
  readonly retryOf: number | null
  /** As it was recorded, `{}` for an event of a platform; empty when it was erased. */
  readonly payload: string
  /** What was to be sent; empty before it is prepared or when it was erased. */
  readonly text: string
  /** Whether some of it may have arrived. */
  readonly unsure: boolean
  /** Only for a waiting entry: how many wait behind it, how often it was tried, and when it is tried again at the earliest. */
  readonly behind: number
  readonly attempts: number
  readonly nextAt: number | null
}

/** The same in a list: long texts are cut, so that a list needs little memory. */
export interface ListedTrouble extends Omit<FailedDelivery, 'payload'> {
  /** Undefined where it is long: `payloadOf` reads it. */
  readonly payload: string | undefined
  /** Its first `excerptLength` characters, and `…` where there are more. */
  readonly text: string
}

/** The result of a repair. `not waiting`, `not failed`: somebody else was faster. `not first`: others wait before it. */
export type RepairResult = 'done' | 'not there' | 'not first' | 'erased'

/** The repairs of deliveries. Each takes the lane from its holder. */
export interface Repairs {
  /** The first entry of each lane in which something waits, the longest waiting first. */
  waiting(limit: number): Promise<readonly ListedTrouble[]>
  /** Newest failures first. */
  failed(limit: number, after?: ListPlace): Promise<readonly ListedTrouble[]>
  find(lane: string, pos: number): Promise<FailedDelivery | undefined>
  /** The whole of what was recorded of an entry, for the adapter that reads it; empty where there is none. */
  payloadOf(lane: string, pos: number): Promise<string>
  /** Makes a waiting entry due at once; appends a failed one to the end of its lane. */
  retry(lane: string, pos: number): Promise<RepairResult>
  /** Ends the first waiting entry as failed; `notices` are appended with it. */
  giveUp(lane: string, pos: number, reason: string, notices: readonly Entry[]): Promise<RepairResult>
  /** Notes that an entry has arrived after all, with what follows. */
  markDelivered(lane: string, pos: number, reason: string, follows: Follows): Promise<RepairResult>
}

/** What is recorded together with a repair. */
export interface Follows {
  readonly notices: readonly Entry[]
  /** Whose wait is over. Left out: nobody's. */
  readonly waits?: readonly WaitChange[]
}

/** The state of a group of lanes. */
export interface GroupFigures {
  readonly group: string
  readonly lanes: number
  readonly waiting: number
  readonly failing: number
  /** Lanes that wait for a person's answer; they have not failed. */
  readonly asked: number
  /** Since when the longest waiting lane waits, without those that `asked` counts; null when there is no other. */
  readonly oldestAt: number | null
}

export interface Figures {
  /** A text that changes, with some delay, when another process has recorded something; cheap to ask. */
  stamp(): Promise<string>
  /** Whether what is recorded outlives a power cut: PostgreSQL's `fsync` may be off. */
  writesThrough(): Promise<boolean>
  groups(): Promise<readonly GroupFigures[]>
  /** When something was recorded or delivered last, milliseconds since 1970; undefined where nothing was. */
  lastRecorded(): Promise<number | undefined>
  /** Entries that are durable but not in a lane yet. */
  spooled(): Promise<SpoolSize>
  /** Parts that have waited since a backup was put back, because it is not known whether they were sent. */
  unsure(): Promise<number>
  /** By property how many conversations' guests wait for the staff, and since when the first does, by Mews's clock. */
  unreplied(): Promise<
    readonly { readonly property: string; readonly conversations: number; readonly oldestAt: number }[]
  >
  /** Parts that failed, and parts that may be there twice. */
  failureCounts(): Promise<{ readonly failed: number; readonly twice: number }>
}

/** What the console and the commands read and change in the records. */
export interface AdminStore {
  readonly conversations: Conversations
  /** The newest entries of a conversation, or those before a place. */
  transcript(conversation: string, limit: number, before?: TranscriptPlace): Promise<TranscriptPage>
  /** The oldest entries of a conversation, or those after a place. */
  transcriptOn(conversation: string, limit: number, after?: TranscriptPlace): Promise<TranscriptPage>
  readonly repairs: Repairs
  readonly erasure: Erasure
  readonly figures: Figures
}

/** How many rows were emptied. */
export interface Erased {
  readonly entries: number
  readonly deliveries: number
  readonly threads: number
  /** How many of the entries had not arrived and were given up. */
  readonly givenUp: number
  /** Messages of others that are on their way and still carry the guest's name. */
  readonly left: number
}

/** A conversation in which a guest has written. */
export interface GuestTrace {
  readonly conversation: string
  /** Whether others have written there, too. */
  readonly shared: boolean
}

export interface Erasure {
  /** The conversations in which a guest of this name or platform id has written. */
  findGuest(nameOrId: string, onProgress?: (done: number, of: number) => void): Promise<readonly GuestTrace[]>
  /** Removes one guest's messages, and their name in those of the others. The conversation can go on. */
  eraseGuest(conversation: string, nameOrId: string): Promise<Erased>
  /** Removes all texts and names of a conversation; what still waits is given up. The conversation can go on. */
  erase(conversation: string): Promise<Erased>
  /** Removes a chunk of what is done and older; resolves with how many entries and threads that were, 0 at the end. */
  eraseOlder(before: number, limit: number): Promise<number>
  /** Makes sure that the database's files hold nothing of what was erased; `whole` rewrites them. False when another connection prevented it. */
  purge(whole: boolean): Promise<boolean>
}
