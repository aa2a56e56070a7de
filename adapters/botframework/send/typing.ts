import type { Adapter, Clock } from '../../../src/port.ts'
import { readAddress } from '../address.ts'
import type { Post } from './post.ts'

/** Teams shows it for about as long. */
const shownForMs = 3000

/** Shows guests at once that what they wrote has been heard; of delivery the core speaks where it fails. */
export const createTyping = (post: Post, clock: Clock): NonNullable<Adapter['acknowledge']> => {
  /** Oldest first. */
  const shownAt = new Map<string, number>()

  const isShown = (conversationId: string, now: number): boolean => {
    for (const [id, at] of shownAt) {
      if (at + shownForMs > now) break
      shownAt.delete(id)
    }
    return shownAt.has(conversationId)
  }

  return async ({ address, state }, signal) => {
    const place = readAddress(address)
    const now = clock.monotonic()
    if (state !== 'recorded' || place === undefined || isShown(place.conversationId, now)) return
    // Everybody in the group would see it, and wonder.
    if (place.isTargeted === true) return
    shownAt.set(place.conversationId, now)
    await post(place, { type: 'typing' }, signal)
  }
}
