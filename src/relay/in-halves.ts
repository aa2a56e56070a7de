import { isItemRefusal } from './property-call.ts'

/**
 * Asks about threads. One that Mews does not know may refuse the whole request: it is halved until that thread stands
 * alone, and there is nothing of it then.
 */
export const inHalves = async <T>(
  threadIds: readonly string[],
  ask: (threadIds: readonly string[]) => Promise<readonly T[]>,
): Promise<readonly T[]> => {
  try {
    return await ask(threadIds)
  } catch (error) {
    if (!isItemRefusal(error)) throw error
    if (threadIds.length === 1) return []
    const middle = Math.ceil(threadIds.length / 2)
    const first = await inHalves(threadIds.slice(0, middle), ask)
    return [...first, ...(await inHalves(threadIds.slice(middle), ask))]
  }
}
