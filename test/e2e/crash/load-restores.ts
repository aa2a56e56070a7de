import type { Replay } from './books.ts'
import type { Guest } from '../support/guests.ts'

/** Something that a guest says. */
export interface Said {
  readonly text: string
  /** Whether its platform was told that it was taken. */
  taken: boolean
  /** Its record is lost with the database, and nobody else has it. */
  mayBeLost: boolean
}

/** One conversation, and what both sides have of it. */
export interface Conversation {
  readonly number: number
  /** Where they write. */
  readonly kind: string
  readonly guest: Guest
  /** What was said at the same time stands together. */
  readonly written: (readonly Said[])[]
  /** How many replies there were at each restart. */
  readonly restarts: Set<number>
  /** Backups that were put back. */
  readonly replays: Replay[]
}

/** What a backup holds at least. */
export interface BackedUp {
  /** Of each conversation, in the order in which they began. */
  readonly held: readonly HeldConversation[]
}

interface HeldConversation {
  readonly taken: ReadonlySet<Said>
  /** How much its guest had heard. */
  readonly heard: number
}

const nothing: HeldConversation = { taken: new Set(), heard: 0 }

/**
 * Writes into a conversation's books that a backup was put back which held so much of it, when so much had arrived at the hotel; whether
 * the connector does not know its guest any more. What was taken since and had not arrived is lost: it stood in the other database
 * alone. What is on its way right now may have been taken in one of several attempts.
 */
export const putBackIn = (
  { guest, written, replays }: Conversation,
  held: HeldConversation = nothing,
  arrived: readonly string[],
): boolean => {
  if (!guest.askable) replays.push({ from: held.heard, at: guest.heard().length })
  if (guest.isLookedFor) return false
  const there = new Map<string, number>()
  for (const text of arrived) there.set(text, (there.get(text) ?? 0) + 1)
  // Of the same words, those that were said first arrive first.
  for (const said of written.flat()) {
    const left = there.get(said.text) ?? 0
    there.set(said.text, left - 1)
    if (!held.taken.has(said) && left <= 0) said.mayBeLost = true
  }
  if (held.taken.size > 0) return false
  if (arrived.length === 0) guest.beginAgain()
  return true
}
