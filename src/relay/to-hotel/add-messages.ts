import type { RelayContext } from '../context.ts'
import type { HotelConnection } from '../property/hotel.ts'
import { deliveryId } from '../ids.ts'
import { isItemRefusal } from '../property/call.ts'
import { listThreads } from '../property/list.ts'
import { failPart, type Item, type Plan, unsureParts, update } from '../turns/plan.ts'

/**
 * Sends items in one `messages/add`; a refused batch is halved, between conversations first, down to the message that
 * causes the refusal, and the rest goes on in order. Where Mews does not say whose the refusal is, what else the plan has
 * tells: a thread that takes any of it is not at fault, one that refuses two by themselves is. Resolves with the plans whose
 * thread refuses messages. Rejects with the `MewsError` of a failure that is the property's, not an item's.
 */
export const addMessages = async (
  items: readonly Item[],
  hotel: HotelConnection,
  context: RelayContext,
  signal: AbortSignal,
): Promise<ReadonlySet<Plan>> => {
  const refused = new Set<Plan>()
  const unclear = new Map<Plan, { readonly item: Item; readonly reason: string }>()

  const blameThread = (plan: Plan): void => {
    refused.add(plan)
    update(
      plan,
      unsureParts(plan).map((part) => ({ ...part, state: 'waiting' })),
    )
  }

  const blameItem = ({ plan, delivery }: Item, reason: string): void =>
    failPart(plan, { ...delivery, state: 'waiting' }, reason, context)

  const attempt = async (batch: readonly Item[]): Promise<void> => {
    const [first] = batch
    if (first === undefined || refused.has(first.plan)) return
    try {
      await sendAll(batch, hotel, signal)
    } catch (error) {
      if (!isItemRefusal(error)) throw error
      const { plan } = first
      const alone = batch.every((item) => item.plan === plan)
      const blame = alone ? await findRejectionCause(first, hotel, context, signal) : 'item'
      if (blame === 'thread') blameThread(plan)
      else if (batch.length > 1) for (const half of halves(batch)) await attempt(half)
      else if (blame === 'item') blameItem(first, error.message)
      else if (unclear.has(plan)) blameThread(plan)
      else unclear.set(plan, { item: first, reason: error.message })
    }
  }

  await attempt(items)
  for (const [plan, { item, reason }] of unclear) {
    if (hasTaken(item)) blameItem(item, reason)
    else blameThread(plan)
  }
  return refused
}

/** Whose a refusal is; `unclear` where Mews does not say whether the thread is resolved. */
export type RejectionCause = 'item' | 'thread' | 'unclear'

/** For so long nobody resolves a thread in which nothing stands. */
const freshMs = 60 * 60_000

/** Sends items in one request and notes the ids they were given. */
const sendAll = async (
  items: readonly Item[],
  { mews }: HotelConnection,
  signal: AbortSignal,
): Promise<void> => {
  const named = items.map((item) => {
    const { plan, delivery } = item
    return { ...item, identifier: deliveryId(plan.run.lane, `${delivery.pos}`, delivery.part) }
  })
  const added = await mews.addMessages(
    named.map(({ delivery, identifier }) => ({ threadId: delivery.target, text: delivery.text, identifier })),
    signal,
  )
  const ids = new Map(added.map(({ identifier, id }) => [identifier, id]))
  const done = { state: 'sent', reason: null, at: mews.clock.now() } as const
  for (const [plan, own] of Map.groupBy(named, (item) => item.plan)) {
    const sent = own.map(({ delivery, identifier }) => ({
      ...delivery,
      ...done,
      nativeId: ids.get(identifier) ?? null,
    }))
    update(plan, sent)
  }
}

/**
 * Whether the refusal of an item is its thread's: it is resolved or not ours. Not doubted is a thread that was opened because
 * of a refusal, one that took another item just now, and one so new that only the item can be at fault.
 */
const findRejectionCause = async (
  item: Item,
  { mews }: HotelConnection,
  { store }: RelayContext,
  signal: AbortSignal,
): Promise<RejectionCause> => {
  if (item.plan.replaced === true || hasTaken(item)) return 'item'
  const { target } = item.delivery
  const [thread] = await listThreads([target], { mews, threads: store.threads }, signal, 'send')
  if (thread === undefined) return 'thread'
  if (thread.resolved !== undefined) return thread.resolved ? 'thread' : 'item'
  if (mews.clock.now() - thread.createdAt > freshMs) return 'unclear'
  return (await store.log.nativeIds([target], 0)).size > 0 ? 'unclear' : 'item'
}

/** Whether the item's thread took another one of its plan just now. */
const hasTaken = ({ plan, delivery: { target } }: Item): boolean =>
  plan.parts.some((part) => part.target === target && part.state === 'sent')

const halves = (items: readonly Item[]): readonly (readonly Item[])[] => {
  const middle = items[Math.ceil(items.length / 2)]?.plan
  const border = items.findIndex(({ plan }) => plan === middle)
  const at = border > 0 ? border : items.findIndex(({ plan }) => plan !== items[0]?.plan)
  const cut = at > 0 ? at : Math.ceil(items.length / 2)
  return [items.slice(0, cut), items.slice(cut)]
}
