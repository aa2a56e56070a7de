import type { Mews } from '../../mews/client.ts'
import type { RequestKind } from '../../mews/queue.ts'
import type { MewsThread } from '../../mews/wire.ts'
import type { Store } from '../../store/types.ts'
import { inHalves } from './in-halves.ts'
import { isItemRefusal } from './call.ts'

/** How far Mews's clock may have been from ours when a thread was opened. */
const marginMs = 24 * 60 * 60_000

/**
 * Those of up to 1000 threads that Mews knows: one that is left out does not exist there. Where naming one that does not exist
 * refuses the request, Mews is asked what was opened in their time. Rejects where that is refused, too.
 */
export const listThreads = async (
  threadIds: readonly string[],
  { mews, threads }: { readonly mews: Mews; readonly threads: Store['threads'] },
  signal: AbortSignal,
  kind: RequestKind,
): Promise<readonly MewsThread[]> => {
  try {
    return await inHalves(threadIds, (some) => mews.listThreads({ threadIds: some }, signal, kind))
  } catch (error) {
    if (!isItemRefusal(error)) throw error
    const rows = await threads.byId(threadIds)
    if (new Set(rows.map(({ threadId }) => threadId)).size < new Set(threadIds).size) throw error
    const createdFrom = Math.min(...rows.map(({ startedAt }) => startedAt)) - marginMs
    const createdTo = Math.max(...rows.map(({ activeAt }) => activeAt)) + marginMs
    const wanted = new Set(threadIds)
    const opened = await mews.listThreads({ createdFrom, createdTo }, signal, kind)
    return opened.filter(({ id }) => wanted.has(id))
  }
}
