import type { Adapter, Address } from '../../port.ts'
import type { RelayContext } from '../context.ts'
import type { HotelConnection } from '../property/hotel.ts'
import { platformOf } from '../ids.ts'
import { GivenUpError } from '../property/call.ts'
import { failPart, openParts, type Plan, recordPlans, update } from '../turns/plan.ts'
import type { ReadEntry } from '../turns/read-run.ts'
import type { Shutdown } from '../worker.ts'
import type { Binding } from './bindings.ts'
import type { OpenThread } from './open-thread.ts'

/** What a conversation is bound to, or why that was given up; neither where it needs no thread. */
export interface Bound {
  readonly binding?: Binding
  readonly givenUp?: GivenUpError
  /** Where the binding is lost: the thread in which the staff can be told of it. */
  readonly threadId?: string
}

const activityResolutionMs = 60 * 60_000

/** Where the newest of the entries says replies go. */
export const lastAddress = (read: readonly ReadEntry[]): Address | undefined =>
  read.findLast(({ address }) => address !== undefined)?.address

/** Finds what a conversation is bound to, and opens a thread where one is needed. */
export const bind = async (
  conversation: string,
  hotel: HotelConnection,
  adapter: Adapter,
  read: readonly ReadEntry[],
  openThread: OpenThread,
  context: RelayContext,
  shutdown: Shutdown,
): Promise<Bound> => {
  const found = await context.bindings.restore(conversation)
  const address = lastAddress(read)
  const turns = read.flatMap((entry) => entry.turns)
  const lapsed = found !== undefined && turns.length > 0 && (await hasEnded(found, hotel, context))
  if (found !== undefined && !lapsed)
    return { binding: await keepCurrent(found, address, turns.length > 0, hotel, context) }
  const begins = turns.find((turn) => lapsed || turn.onlyInBridged !== true)
  const goesOn = begins === undefined && turns.length > 0
  const first = goesOn && (await openThread.wasOpened(conversation, shutdown.stop)) ? turns[0] : begins
  const where = address ?? found?.address
  if (turns.length === 0 && found === undefined) return findThread(conversation, hotel, context)
  if (first === undefined || where === undefined) return {}
  const since = read[0]?.entry.at ?? context.clock.now()
  const platform = adapter.label
  const current = { replaces: found?.threadId, boundTo: found?.threadId }
  const opening = { conversation, platform, first, address: where, since, ...current }
  try {
    return { binding: await openThread(opening, shutdown) }
  } catch (error) {
    if (error instanceof GivenUpError) return { givenUp: error }
    throw error
  }
}

/** Opens a new thread for a plan whose thread takes no messages any more, and turns what is still open in it there. */
export const createReplaceThread =
  (context: RelayContext, openThread: OpenThread) =>
  async (plan: Plan, shutdown: Shutdown): Promise<Plan> => {
    const { store, bindings, adapters, clock, log } = context
    const { conversation } = plan
    const [first] = openParts(plan)
    const old = await bindings.find(conversation)
    if (first === undefined || old === undefined) return plan
    const [row] = await store.threads.byId([old.threadId])
    const turn = {
      kind: 'message',
      author: { id: old.firstAuthor, name: row?.sender ?? first.author },
      text: first.text,
      attachments: [],
      at: clock.now(),
    } as const
    const platform = adapters.get(platformOf(conversation))?.label ?? platformOf(conversation)
    const since = plan.run.entries.find(({ pos }) => pos === first.pos)?.at ?? clock.now()
    const opening = {
      conversation,
      platform,
      first: turn,
      address: old.address,
      since,
      replaces: first.target,
      boundTo: old.threadId,
    }
    try {
      const { threadId } = await openThread(opening, shutdown)
      log.info({ conversation, from: first.target, to: threadId }, 'thread replaced')
      update(
        plan,
        openParts(plan).map((part) => ({ ...part, target: threadId })),
      )
      plan.replaced = true
    } catch (error) {
      if (!(error instanceof GivenUpError)) throw error
      const { through = Infinity } = error
      const over = new Set(plan.run.entries.filter(({ at }) => at <= through).map(({ pos }) => pos))
      for (const part of openParts(plan)) if (over.has(part.pos)) failPart(plan, part, error.message, context)
      await recordPlans([plan], context)
    }
    return plan
  }

/**
 * Completes a property's bindings of which a crash may have left one direction unwritten; for its sender alone, before it
 * sends. Where nothing was written yet, the conversation's lane is still before its cursor and binds it again.
 */
export const repairBindings = async (
  { store, bindings, log }: RelayContext,
  property: string,
): Promise<void> => {
  for (const { conversation, threadId, ...thread } of await store.threads.unbound()) {
    if (threadId === null || thread.property !== property) continue
    const binding = await bindings.find(conversation)
    if (binding?.threadId !== threadId) continue
    await bindings.write(binding)
    await store.threads.bound(conversation, threadId)
    log.info({ conversation, threadId }, 'binding repaired')
  }
}

/** Whether the next turn opens another thread: the guest asked for it, has chosen another hotel, or it is due. */
const hasEnded = async (binding: Binding, hotel: HotelConnection, context: RelayContext): Promise<boolean> =>
  binding.closed === true || binding.property !== hotel.key || (await isIdle(binding, hotel, context))

/** Whether neither side has said anything for so long that a new thread is due. */
const isIdle = async (
  binding: Binding,
  { mews }: HotelConnection,
  { store, times }: RelayContext,
): Promise<boolean> => {
  const oldest = mews.clock.now() - times.idleMs
  if (binding.activeAt >= oldest) return false
  const [row] = await store.threads.byId([binding.threadId])
  return (row?.activeAt ?? binding.activeAt) < oldest
}

/** Notes a changed address at once, and activity to the hour. */
const keepCurrent = async (
  binding: Binding,
  address: Address | undefined,
  spoke: boolean,
  { mews }: HotelConnection,
  { store, bindings }: RelayContext,
): Promise<Binding> => {
  const now = mews.clock.now()
  const stale = spoke && now - binding.activeAt > activityResolutionMs
  if (!stale && (address === undefined || sameAddress(address, binding.address))) return binding
  const current = {
    ...binding,
    address: address ?? binding.address,
    activeAt: stale ? now : binding.activeAt,
  }
  if (stale) await store.threads.touch([binding.threadId], now)
  await bindings.write(current)
  return current
}

const sameAddress = (left: Address, right: Address): boolean => JSON.stringify(left) === JSON.stringify(right)

/** What nobody knows the guest of any more: the staff still read what is said in its thread. */
async function findThread(
  conversation: string,
  { key }: HotelConnection,
  { store }: RelayContext,
): Promise<Bound> {
  const thread = await store.threads.lastBound(conversation)
  return thread?.property === key ? { threadId: thread.threadId } : {}
}
