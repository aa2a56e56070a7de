import type { Run } from '../../store/lanes/types.ts'
import type { RelayContext } from '../context.ts'
import { deliveryId } from '../ids.ts'
import { isItemRefusal } from '../property/call.ts'
import type { HotelConnection } from '../property/hotel.ts'
import { createHotelReader } from '../property/list.ts'
import { failParts, type Plan, unsureParts, withParts, withReached } from '../turns/plan.ts'
import type { Batch, Item } from './batching.ts'

/**
 * Sends items of a batch in one `messages/add`, and keeps in the batch what becomes of them. A refused request is halved, between
 * conversations first, down to the message that causes the refusal; the rest goes on in order. Resolves with the runs whose thread
 * refuses messages. Rejects with the `MewsError` of a failure that is the property's, not an item's.
 */
export type AddMessages = (
  items: readonly Item[],
  batch: Batch,
  signal: AbortSignal,
) => Promise<ReadonlySet<Run>>

/**
 * Where Mews does not say whether the item or its thread is at fault, the rest of the plan tells: a thread that takes any of it is not at
 * fault, one that refuses two items by themselves is.
 */
export const createAddMessages = (context: RelayContext, hotel: HotelConnection): AddMessages => {
  const sendAll = createSendAll(hotel)
  const findRejectionCause = createFindRejectionCause(context, hotel)

  return async (items, batch, signal) => {
    const refused = new Set<Run>()
    const unclear = new Map<Run, { readonly item: Item; readonly reason: string }>()

    const attempt = async (some: readonly Item[]): Promise<void> => {
      const [first] = some
      if (first === undefined || refused.has(first.plan.run)) return
      try {
        batch.replace(await sendAll(some, batch, signal))
      } catch (error) {
        if (!isItemRefusal(error)) throw error
        const { run } = first.plan
        const alone = some.every(({ plan }) => plan.run === run)
        const cause = alone ? await findRejectionCause(first, batch, signal) : 'item'
        if (cause === 'thread') rejectThread(first)
        else if (some.length > 1) for (const half of halves(some)) await attempt(half)
        else if (cause === 'item') rejectItem(first, error.message)
        else if (unclear.has(run)) rejectThread(first)
        else unclear.set(run, { item: first, reason: error.message })
      }
    }

    const rejectThread = ({ plan }: Item): void => {
      refused.add(plan.run)
      const now = batch.current(plan)
      batch.replace([
        withParts(
          now,
          unsureParts(now).map((part) => ({ ...part, state: 'waiting' })),
        ),
      ])
    }

    const rejectItem = ({ plan, delivery }: Item, reason: string): void =>
      batch.replace([failParts(batch.current(plan), [{ ...delivery, state: 'waiting' }], reason, context)])

    await attempt(items)
    for (const { item, reason } of unclear.values()) {
      if (hasTaken(item, batch)) rejectItem(item, reason)
      else rejectThread(item)
    }
    return refused
  }
}

/** What a refusal is about; `unclear` where Mews does not say whether the thread is resolved. */
type RejectionCause = 'item' | 'thread' | 'unclear'

/** Staff do not resolve an empty thread within its first hour, so a refusal then is the message's fault. */
const freshMs = 60 * 60_000

/** Sends items in one request; resolves with their plans, which have the ids that Mews gave. */
const createSendAll =
  ({ mews }: HotelConnection) =>
  async (items: readonly Item[], batch: Batch, signal: AbortSignal): Promise<readonly Plan[]> => {
    const named = items.map((item) => {
      const { plan, delivery } = item
      return { ...item, identifier: deliveryId(plan.run.lane, `${delivery.pos}`, delivery.part) }
    })
    const added = await mews.addMessages(
      named.map(({ delivery, identifier }) => ({
        threadId: delivery.target,
        text: delivery.text,
        identifier,
      })),
      signal,
    )
    const byIdentifier = new Map(added.map((item) => [item.identifier, item]))
    const done = { state: 'sent', reason: null, at: mews.clock.now() } as const
    return Array.from(
      Map.groupBy(named, ({ plan }) => plan),
      ([plan, own]) => {
        const taken = own.map(({ delivery, identifier }) => ({
          delivery,
          item: byIdentifier.get(identifier),
        }))
        const now = withParts(
          batch.current(plan),
          taken.map(({ delivery, item }) => ({ ...delivery, ...done, nativeId: item?.id ?? null })),
        )
        return withReached(
          now,
          taken.map(({ delivery: { pos }, item }) => ({ pos, at: item?.createdAt ?? done.at })),
        )
      },
    )
  }

/**
 * Finds out whether the refusal of an item is its thread's: then the thread is resolved or not ours. Three threads are not doubted: one
 * that was opened because of a refusal, one that took another item just now, and one so new that only the item can be at fault.
 */
const createFindRejectionCause = ({ store }: RelayContext, { mews }: HotelConnection) => {
  const reader = createHotelReader(mews, store.threads)
  return async (item: Item, batch: Batch, signal: AbortSignal): Promise<RejectionCause> => {
    if (item.plan.replaced === true || hasTaken(item, batch)) return 'item'
    const { target } = item.delivery
    const [thread] = await reader.listThreads([target], { kind: 'send', signal })
    if (thread === undefined) return 'thread'
    if (thread.resolved !== undefined) return thread.resolved ? 'thread' : 'item'
    if (mews.clock.now() - thread.createdAt > freshMs) return 'unclear'
    return (await store.log.nativeIds([target], 0)).size > 0 ? 'unclear' : 'item'
  }
}

/** Whether the item's thread took another item of its plan just now. */
const hasTaken = ({ plan, delivery: { target } }: Item, batch: Batch): boolean =>
  batch.current(plan).parts.some((part) => part.target === target && part.state === 'sent')

const halves = (items: readonly Item[]): readonly (readonly Item[])[] => {
  const middle = items[Math.ceil(items.length / 2)]?.plan
  const border = items.findIndex(({ plan }) => plan === middle)
  const at = border > 0 ? border : items.findIndex(({ plan }) => plan !== items[0]?.plan)
  const cut = at > 0 ? at : Math.ceil(items.length / 2)
  return [items.slice(0, cut), items.slice(cut)]
}
