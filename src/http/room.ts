/** How much of bodies is held in memory, over all requests together. */
export interface Room {
  /** Counts bytes that are held from now on. Where they are too many, slow bodies are given up; false when that is not enough. */
  add(bytes: number): boolean
  free(bytes: number): void
  /** What gives up each body that keeps others waiting for its rest, the oldest first; each frees at once what it held. */
  readonly slow: Set<() => void>
}

/**
 * Room for so many bytes. Platforms send their bodies at once; whoever holds back the rest makes way for others, so that nobody can
 * take all the room and keep it.
 */
export const createRoom = (bytes: number): Room => {
  const slow = new Set<() => void>()
  let held = 0
  return {
    slow,
    add: (more) => {
      held += more
      if (held <= bytes) return true
      for (const giveUp of slow) {
        giveUp()
        if (held <= bytes) return true
      }
      return false
    },
    free: (less) => {
      held -= less
    },
  }
}
