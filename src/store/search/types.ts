/** The states of a conversation; one may have several at once. `unreplied`: its guest waits for the staff. */
export type ConversationMark = DeliveryMark | 'unreplied'

/** Those that deliveries tell. */
export type DeliveryMark = 'waiting' | 'failed' | 'twice'

/** One conversation in a list. */
export interface ConversationRow {
  /** `<platform>:<ConversationId>`. */
  readonly id: string
  readonly platform: string
  readonly property: string
  /** Who began it; empty while that is not known or erased. */
  readonly guest: string
  /** When something was last recorded in it, milliseconds since 1970. */
  readonly lastAt: number
  /** Entries of both directions that are not done. */
  readonly waiting: number
  /** Why something waits; null while nothing has failed. */
  readonly reason: string | null
  /** Parts that were given up or refused. */
  readonly failed: number
  /** Parts that may be there twice. */
  readonly twice: number
  /** Since when its guest waits for the staff, by Mews's clock, milliseconds since 1970; null while the guest does not. */
  readonly waitsSince: number | null
}

/** A place in a list that is ordered by time and id. Times are those of the list's order. */
export interface ListPlace {
  readonly at: number
  readonly id: string
}

export interface ConversationQuery {
  readonly platform?: string | undefined
  readonly property?: string | undefined
  readonly mark?: ConversationMark | undefined
  /** Beginnings of a guest's names or of parts of an id. All must be there; case and accents do not matter. */
  readonly search?: string | undefined
  /** Only what comes behind this place. */
  readonly after?: ListPlace | undefined
  readonly limit: number
}

export interface Conversations {
  /** Indexes what was recorded since the last call. */
  refresh(): Promise<void>
  /** Newest first; with the mark `unreplied` the longest waiting first. */
  list(query: ConversationQuery): Promise<readonly ConversationRow[]>
  /** Also finds one that is not indexed yet. */
  find(id: string): Promise<ConversationRow | undefined>
}
