import type { Mews } from '../mews/client.ts'
import type { MewsMessage } from '../mews/wire.ts'
import { inHalves } from './in-halves.ts'

/** The messages of up to 1000 threads, oldest first; none of a thread that Mews does not know. */
export const listMessages = (
  threadIds: readonly string[],
  interval: { readonly start: number; readonly end: number },
  mews: Mews,
  signal: AbortSignal,
  kind: 'send' | 'sync',
): Promise<readonly MewsMessage[]> =>
  inHalves(threadIds, (some) => mews.listMessages({ threadIds: some, ...interval }, signal, kind))
