import type { Mews } from '../mews/client.ts'
import type { MewsMessage } from '../mews/wire.ts'
import { isItemRefusal } from './property-call.ts'

/**
 * The messages of up to 1000 threads, oldest first. A thread that Mews does not know may refuse the whole request: it
 * is halved until that thread stands alone, and has no messages then.
 */
export const listMessages = async (
  threadIds: readonly string[],
  interval: { readonly start: number; readonly end: number },
  mews: Mews,
  signal: AbortSignal,
  kind: 'send' | 'sync',
): Promise<readonly MewsMessage[]> => {
  try {
    return await mews.listMessages({ threadIds, ...interval }, signal, kind)
  } catch (error) {
    if (!isItemRefusal(error)) throw error
    if (threadIds.length === 1) return []
    const middle = Math.ceil(threadIds.length / 2)
    const first = await listMessages(threadIds.slice(0, middle), interval, mews, signal, kind)
    return [...first, ...(await listMessages(threadIds.slice(middle), interval, mews, signal, kind))]
  }
}
