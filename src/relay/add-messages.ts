import type { PropertyLink, RelayContext } from './context.ts'
import { failPart } from './fail.ts'
import { deliveryId } from './ids.ts'
import { type Item, type Plan, update } from './plan.ts'
import { isItemRefusal } from './property-call.ts'

const halves = (items: readonly Item[]): readonly (readonly Item[])[] => {
  const middle = items[Math.ceil(items.length / 2)]?.plan
  const border = items.findIndex(({ plan }) => plan === middle)
  const at = border > 0 ? border : items.findIndex(({ plan }) => plan !== items[0]?.plan)
  const cut = at > 0 ? at : Math.ceil(items.length / 2)
  return [items.slice(0, cut), items.slice(cut)]
}

/** Sends items in one request and notes the ids they were given. */
const sendAll = async (
  items: readonly Item[],
  { mews }: PropertyLink,
  { clock }: RelayContext,
  signal: AbortSignal,
): Promise<void> => {
  const named = items.map((item) => {
    const { plan, delivery } = item
    return { ...item, identifier: deliveryId(plan.run.lane, delivery.pos, delivery.part) }
  })
  const added = await mews.addMessages(
    named.map(({ delivery, identifier }) => ({ threadId: delivery.target, text: delivery.text, identifier })),
    signal,
  )
  const ids = new Map(added.map(({ identifier, id }) => [identifier, id]))
  for (const { plan, delivery, identifier } of named) {
    update(plan, {
      ...delivery,
      state: 'sent',
      nativeId: ids.get(identifier) ?? null,
      reason: null,
      at: clock.now(),
    })
  }
}

/** For so long nobody resolves a thread in which nothing stands. */
const freshMs = 60 * 60_000

/**
 * Whether the refusal of an item may be its thread's: it is resolved or not ours, or Mews does not say. Not doubted is a
 * thread that was opened because of a refusal, one that took another item just now, and one so new that only the item can be
 * at fault.
 */
const mayBeThread = async (
  { plan, delivery: { target } }: Item,
  { mews }: PropertyLink,
  { store, clock }: RelayContext,
  signal: AbortSignal,
): Promise<boolean> => {
  if (plan.replaced === true) return false
  if (plan.parts.some((part) => part.target === target && part.state === 'sent')) return false
  const [thread] = await mews.listThreads({ threadIds: [target] }, signal, 'send')
  if (thread === undefined) return true
  if (thread.resolved !== undefined) return thread.resolved
  if (clock.now() - thread.createdAt > freshMs) return true
  return (await store.log.nativeIds([target], 0)).size > 0
}

/**
 * Sends items in one `messages/add`; a refused batch is halved, between conversations first, down to the message that
 * causes the refusal, and the rest goes on in order. Resolves with the plans whose thread refuses messages. Rejects
 * with the `MewsError` of a failure that is the property's, not an item's.
 */
export const addMessages = async (
  items: readonly Item[],
  link: PropertyLink,
  context: RelayContext,
  signal: AbortSignal,
): Promise<ReadonlySet<Plan>> => {
  const refused = new Set<Plan>()

  const attempt = async (batch: readonly Item[]): Promise<void> => {
    const [first] = batch
    if (first === undefined || refused.has(first.plan)) return
    try {
      await sendAll(batch, link, context, signal)
    } catch (error) {
      if (!isItemRefusal(error)) throw error
      const alone = batch.every(({ plan }) => plan === first.plan)
      if (alone && (await mayBeThread(first, link, context, signal))) {
        refused.add(first.plan)
        for (const { plan, delivery } of batch) update(plan, { ...delivery, state: 'waiting' })
      } else if (batch.length === 1) {
        failPart(first.plan, { ...first.delivery, state: 'waiting' }, error.message, context)
      } else for (const half of halves(batch)) await attempt(half)
    }
  }

  await attempt(items)
  return refused
}
