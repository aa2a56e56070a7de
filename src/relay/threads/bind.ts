import type { Address, Turn } from '../../port.ts'
import type { RelayContext } from '../context.ts'
import type { HotelConnection } from '../property/hotel.ts'
import { platformOf } from '../ids.ts'
import { GivenUpError } from '../property/call.ts'
import { failParts, openParts, type Plan, recordPlans, withParts } from '../turns/plan.ts'
import type { ReadEntry } from '../turns/read-run.ts'
import type { Shutdown } from '../worker.ts'
import type { Binding } from './bindings.ts'
import type { Opening, ThreadOpener } from './open-thread.ts'

/** What a conversation is bound to, or why that was given up; neither where it needs no thread. */
export interface Bound {
  readonly binding?: Binding
  readonly givenUp?: GivenUpError
  /** Where the binding is lost: the thread in which the staff can be told of it. */
  readonly threadId?: string
}

/** Where the newest of the entries says replies go. */
export const lastAddress = (read: readonly ReadEntry[]): Address | undefined =>
  read.findLast(({ address }) => address !== undefined)?.address

/** Finds what a conversation is bound to, and opens a thread where one is needed. `platform`: its name for people. */
export type Bind = (
  on: Pick<Opening, 'conversation' | 'platform' | 'language'>,
  read: readonly ReadEntry[],
  shutdown: Shutdown,
) => Promise<Bound>

export const createBind = (context: RelayContext, hotel: HotelConnection, opener: ThreadOpener): Bind => {
  const { store, bindings, clock } = context
  const hasEnded = createHasEnded(context, hotel)
  const keepCurrent = createKeepCurrent(context, hotel)

  /** The thread of a conversation whose guest is not known any more: the staff still read notices there. */
  const findThread = async (conversation: string): Promise<Bound> => {
    const thread = await store.threads.lastBound(conversation)
    return thread?.property === hotel.key ? { threadId: thread.threadId } : {}
  }

  /** The turn that begins a new thread; undefined where none needs one. */
  const findFirst = async (
    conversation: string,
    { turns, lapsed }: { readonly turns: readonly Turn[]; readonly lapsed: boolean },
    signal: AbortSignal,
  ): Promise<Turn | undefined> => {
    const begins = turns.find((turn) => lapsed || turn.onlyInBridged !== true)
    const goesOn = begins === undefined && turns.length > 0
    return goesOn && (await opener.wasOpened(conversation, signal)) ? turns[0] : begins
  }

  return async ({ conversation, platform, language }, read, shutdown) => {
    const found = await bindings.restore(conversation)
    if (found !== undefined) await hotel.mews.clock.learn(shutdown.draining)
    const address = lastAddress(read)
    const turns = read.flatMap((entry) => entry.turns)
    const lapsed = found !== undefined && turns.length > 0 && (await hasEnded(found))
    if (found !== undefined && !lapsed)
      return { binding: await keepCurrent(found, { address, language }, turns.length > 0) }
    const first = await findFirst(conversation, { turns, lapsed }, shutdown.draining)
    const where = address ?? found?.address
    if (turns.length === 0 && found === undefined) return findThread(conversation)
    if (first === undefined || where === undefined) return {}
    const since = read[0]?.entry.at ?? clock.now()
    const current = { replaces: found?.threadId, boundTo: found?.threadId }
    const opening = { conversation, platform, language, first, address: where, since, ...current }
    try {
      return { binding: await opener.open(opening, shutdown) }
    } catch (error) {
      if (error instanceof GivenUpError) return { givenUp: error }
      throw error
    }
  }
}

/** Opens a new thread for a plan whose thread takes no messages any more; resolves with the plan, in which everything open goes there. */
export const createReplaceThread = (context: RelayContext, opener: ThreadOpener) => {
  const { store, bindings, adapters, clock, log } = context

  const giveUp = async (plan: Plan, { through = Infinity, message }: GivenUpError): Promise<Plan> => {
    const over = new Set(plan.run.entries.filter(({ at }) => at <= through).map(({ pos }) => pos))
    const parts = openParts(plan).filter(({ pos }) => over.has(pos))
    const [recorded] = await recordPlans([failParts(plan, parts, message, context)], context)
    return recorded ?? plan
  }

  return async (plan: Plan, shutdown: Shutdown): Promise<Plan> => {
    const { conversation } = plan
    const [part] = openParts(plan)
    const old = await bindings.find(conversation)
    if (part === undefined || old === undefined) return plan
    const [row] = await store.threads.byId([old.threadId])
    const first = {
      kind: 'message',
      author: { id: old.firstAuthor, name: row?.sender ?? part.author },
      text: part.text,
      attachments: [],
      at: clock.now(),
    } as const
    const opening = {
      conversation,
      platform: adapters.get(platformOf(conversation))?.label ?? platformOf(conversation),
      first,
      address: old.address,
      language: plan.language ?? old.language,
      since: plan.run.entries.find(({ pos }) => pos === part.pos)?.at ?? clock.now(),
      replaces: part.target,
      boundTo: old.threadId,
    }
    try {
      const { threadId } = await opener.open(opening, shutdown)
      log.info({ conversation, from: part.target, to: threadId }, 'thread replaced')
      const moved = openParts(plan).map((each) => ({ ...each, target: threadId }))
      return { ...withParts(plan, moved), replaced: true }
    } catch (error) {
      if (!(error instanceof GivenUpError)) throw error
      return giveUp(plan, error)
    }
  }
}

/**
 * Completes a property's bindings where a crash may have left one direction unwritten; for its sender alone, before it
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

/** Decides whether the next turn opens another thread: the guest asked for it or has chosen another hotel, or neither side has said anything for long, by Mews's clock. */
const createHasEnded = ({ store, times }: RelayContext, { key, mews }: HotelConnection) => {
  const isIdle = async (binding: Binding): Promise<boolean> => {
    // This machine's own clock may be a year ahead.
    if (mews.clock.skewMs() === undefined) return false
    const oldest = mews.clock.now() - times.idleMs
    if (binding.activeAt >= oldest) return false
    const [row] = await store.threads.byId([binding.threadId])
    return (row?.activeAt ?? binding.activeAt) < oldest
  }
  return async (binding: Binding): Promise<boolean> =>
    binding.closed === true || binding.property !== key || (await isIdle(binding))
}

const activityResolutionMs = 60 * 60_000

/** Notes a changed address at once, and activity to the hour. */
const createKeepCurrent =
  ({ store, bindings }: RelayContext, { mews }: HotelConnection) =>
  async (
    binding: Binding,
    { address = binding.address, language = binding.language }: Told,
    spoke: boolean,
  ): Promise<Binding> => {
    const now = mews.clock.now()
    const isKnown = mews.clock.skewMs() !== undefined
    const stale = spoke && isKnown && now - binding.activeAt > activityResolutionMs
    const isSame = sameAddress(address, binding.address) && language === binding.language
    if (!stale && isSame) return binding
    const current = {
      ...binding,
      address,
      activeAt: stale ? now : binding.activeAt,
      ...(language === undefined ? {} : { language }),
    }
    if (stale) await store.threads.touch([binding.threadId], now)
    await bindings.write(current)
    return current
  }

/** What the newest messages tell of the guest. */
interface Told {
  readonly address: Address | undefined
  readonly language: string | undefined
}

const sameAddress = (left: Address, right: Address): boolean => JSON.stringify(left) === JSON.stringify(right)
