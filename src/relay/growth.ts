import type { Adapter } from '../port.ts'
import type { Run } from '../store/types.ts'
import type { RelayContext } from './context.ts'

/** A lane has grown while its run was read: it is claimed again, whole. */
export class GrownError extends Error {
  override readonly name = 'GrownError'
}

/** After so many times in a row it is not waited for more. */
const mostTimes = 3

/**
 * Throws `GrownError` where something was recorded while a run was read and may belong before it: on platforms whose events
 * overtake each other, and where reading finds what was written before.
 */
export const createGrowthGuard = ({ store }: Pick<RelayContext, 'store'>) => {
  const times = new Map<string, number>()
  return async ({ lane, entries }: Run, { overtakes = false }: Adapter): Promise<void> => {
    if (!overtakes) return
    const waiting = (await store.log.states([lane])).get(lane)?.waiting ?? 0
    const before = times.get(lane) ?? 0
    if (waiting > entries.length && before < mostTimes) {
      times.set(lane, before + 1)
      throw new GrownError(`More was recorded in ${lane} while it was read.`)
    }
    times.delete(lane)
  }
}
