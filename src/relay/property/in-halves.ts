import { MewsError } from '../../mews/error.ts'

/** Asks about threads; a request that is too large for whatever stands in between is halved. */
export const inHalves = async <T>(
  threadIds: readonly string[],
  ask: (threadIds: readonly string[]) => Promise<readonly T[]>,
): Promise<readonly T[]> => {
  try {
    return await ask(threadIds)
  } catch (error) {
    const tooLarge = error instanceof MewsError && error.code === 'too-large'
    if (!tooLarge || threadIds.length === 1) throw error
    const middle = Math.ceil(threadIds.length / 2)
    const first = await inHalves(threadIds.slice(0, middle), ask)
    return [...first, ...(await inHalves(threadIds.slice(middle), ask))]
  }
}
