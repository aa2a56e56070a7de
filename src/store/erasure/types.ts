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
