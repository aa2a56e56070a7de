import { hookLane } from '../ids.ts'
import type { Entry } from '../../store/types.ts'

/** A message that Mews announced: that it exists, not what it says. */
export interface Announced {
  readonly id: string
  /** Where Mews said so. */
  readonly threadId?: string
}

/** The record of announced messages; each is taken once however often it is announced. */
export const announcementEntries = (
  property: string,
  announced: readonly Announced[],
  at: number,
): readonly Entry[] =>
  announced.map((message) => ({
    lane: hookLane(property),
    group: hookLane(property),
    kind: 'announcement',
    keys: [`${hookLane(property)}:${message.id}`],
    payload: JSON.stringify(message),
    at,
  }))

/** Reads a recorded announcement. */
export const readAnnouncement = (payload: string): Announced => JSON.parse(payload) as Announced
