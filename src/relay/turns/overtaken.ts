import type { Run } from '../../store/types.ts'
import type { RelayContext } from '../context.ts'
import { eventKey, platformOf, conversationOf } from '../ids.ts'
import type { ReadEntry } from './read-run.ts'

/** What belongs before a run's entries was recorded after it was claimed: it is claimed again, with that. */
export class OvertakenError extends Error {
  override readonly name = 'OvertakenError'
}

/** After so many times in a row it is not waited for more: a lane may be longer than what can be claimed of it. */
const mostTimes = 20

/** Makes sure that what was written before something goes before it, on platforms whose events overtake each other. */
export const createAwaitEarlier = ({ store }: Pick<RelayContext, 'store'>) => {
  const times = new Map<string, number>()

  /** The last position in the run's lane of something that belongs before what was read. */
  const lastEarlier = async (lane: string, read: readonly ReadEntry[]): Promise<number> => {
    const platform = platformOf(conversationOf(lane))
    const keys = read.flatMap(({ after }) => after.map((key) => eventKey(platform, key)))
    if (keys.length === 0) return 0
    const places = [...(await store.log.recorded(keys)).values()]
    return Math.max(0, ...places.filter((place) => place.lane === lane).map(({ pos }) => pos))
  }

  /** Throws where something that belongs before what was read is not read yet: an `OvertakenError` where it was not claimed. */
  return async ({ lane, entries }: Run, read: readonly ReadEntry[]): Promise<void> => {
    const earlier = await lastEarlier(lane, read)
    const before = times.get(lane) ?? 0
    times.delete(lane)
    if (earlier <= (read.at(-1)?.entry.pos ?? 0)) return
    if (earlier <= (entries.at(-1)?.pos ?? 0))
      throw new Error(`What was written before could not be read yet in ${lane}.`)
    if (before >= mostTimes) return
    times.set(lane, before + 1)
    throw new OvertakenError(`What was written before was recorded in ${lane} while it was read.`)
  }
}
