import type { PropertyLink, RelayContext } from '../context.ts'
import { listThreads } from '../property/list-threads.ts'
import type { Item } from '../turns/plan.ts'

/** Whose a refusal is; `unclear` where Mews does not say whether the thread is resolved. */
export type Blame = 'item' | 'thread' | 'unclear'

/** For so long nobody resolves a thread in which nothing stands. */
const freshMs = 60 * 60_000

/** Whether the item's thread took another one of its plan just now. */
export const hasTaken = ({ plan, delivery: { target } }: Item): boolean =>
  plan.parts.some((part) => part.target === target && part.state === 'sent')

/**
 * Whether the refusal of an item is its thread's: it is resolved or not ours. Not doubted is a thread that was opened because
 * of a refusal, one that took another item just now, and one so new that only the item can be at fault.
 */
export const findBlame = async (
  item: Item,
  { mews }: PropertyLink,
  { store }: RelayContext,
  signal: AbortSignal,
): Promise<Blame> => {
  if (item.plan.replaced === true || hasTaken(item)) return 'item'
  const { target } = item.delivery
  const [thread] = await listThreads([target], { mews, threads: store.threads }, signal, 'send')
  if (thread === undefined) return 'thread'
  if (thread.resolved !== undefined) return thread.resolved ? 'thread' : 'item'
  if (mews.clock.now() - thread.createdAt > freshMs) return 'unclear'
  return (await store.log.nativeIds([target], 0)).size > 0 ? 'unclear' : 'item'
}
