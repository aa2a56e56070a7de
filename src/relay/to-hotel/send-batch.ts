import { MewsError } from '../../mews/error.ts'
import { addMessages } from './add-messages.ts'
import { confirmMessages } from './confirm-messages.ts'
import type { RelayContext } from '../context.ts'
import type { HotelConnection } from '../property/hotel.ts'
import { failPart, type Item, openParts, type Plan, recordPlans, unsureParts, update } from '../turns/plan.ts'
import { givenUp, holdBack } from '../property/call.ts'

/** The most messages of one `messages/add`. */
export const batchSize = 1_000

/** What became of a batch: plans whose lease is lost are in neither. */
export interface BatchResult {
  /** Still ours; finished where nothing is open in them. */
  readonly plans: readonly Plan[]
  /** Of these, the ones whose thread takes no messages any more. */
  readonly refused: ReadonlySet<Plan>
  /** Of these, the ones about which Mews refuses to be asked, and why: they wait by themselves, as they are recorded. */
  readonly unasked: ReadonlyMap<Plan, MewsError>
}

/** Delivers plans with one call where it can: unknown outcomes are looked up first, intents are recorded, then it is sent. */
export type SendBatch = (plans: readonly Plan[], abort: AbortSignal) => Promise<BatchResult>

export const createSendBatch = (context: RelayContext, hotel: HotelConnection): SendBatch => {
  const send = async (plans: readonly Plan[], abort: AbortSignal): Promise<Omit<BatchResult, 'unasked'>> => {
    const certain = plans.filter((plan) => unsureParts(plan).length === 0)
    const chosen = certain
      .flatMap((plan) => openParts(plan).map((delivery) => ({ plan, delivery })))
      .slice(0, batchSize)
    const items = await intend(chosen, hotel, context)
    const begun = new Set(items.map(({ plan }) => plan))
    const lost = new Set(chosen.map(({ plan }) => plan).filter((plan) => !begun.has(plan)))
    const kept = plans.filter((plan) => !lost.has(plan))
    if (items.length === 0) return { plans: kept, refused: new Set() }
    try {
      const refused = await addMessages(items, hotel, context, abort)
      hotel.gate.succeeded('messages/add')
      return { plans: kept, refused }
    } catch (error) {
      if (!(error instanceof MewsError)) throw error
      note(items, error, hotel.mews.clock.now())
      if (!abort.aborted) holdOrGiveUp(kept, error, hotel, context)
      await recordPlans(kept, context)
      return { plans: kept, refused: new Set() }
    }
  }

  return async (plans, abort) => {
    try {
      await hotel.mews.clock.learn(abort)
      const unasked = await confirmMessages(plans, hotel, context, abort)
      await recordPlans([...unasked.keys()], context)
      const { plans: kept, refused } = await send(
        plans.filter((plan) => !unasked.has(plan)),
        abort,
      )
      return { plans: [...kept, ...unasked.keys()], refused, unasked }
    } catch (error) {
      if (!(error instanceof MewsError)) throw error
      if (!abort.aborted) holdOrGiveUp(plans, error, hotel, context)
      await recordPlans(plans, context)
      return { plans, refused: new Set(), unasked: new Map() }
    }
  }
}

/** Records what is about to be sent; resolves with the items of lanes that are still ours. */
const intend = async (
  items: readonly Item[],
  { mews }: HotelConnection,
  { store }: RelayContext,
): Promise<readonly Item[]> => {
  const now = mews.clock.now()
  const byPlan = Map.groupBy(items, ({ plan }) => plan)
  const kept = await Promise.all(
    [...byPlan].map(async ([plan, own]) => {
      const sending = own.map(
        ({ delivery }) => ({ ...delivery, state: 'sending', startedAt: now, at: now }) as const,
      )
      update(plan, sending)
      const { lane, token } = plan.run
      const { parts: deliveries, note } = plan
      const ours = await store.log.settle({ lane, token, deliveries, note, nextStep: { next: 'hold' } })
      return ours ? sending.map((delivery) => ({ plan, delivery })) : []
    }),
  )
  return kept.flat()
}

/** Notes a failure with what was being sent: it waits again where certainly nothing was sent, else it stays unsure from now on. */
const note = (items: readonly Item[], { outcome, message }: MewsError, at: number): void => {
  const state = outcome === 'unknown' ? 'sending' : 'waiting'
  for (const plan of new Set(items.map((item) => item.plan))) {
    const noted = unsureParts(plan).map((part) => ({ ...part, state, reason: message, at }) as const)
    update(plan, noted)
  }
}

/** After a failure that is the property's: holds it back, and ends what has waited for too long while it failed. */
const holdOrGiveUp = (
  plans: readonly Plan[],
  error: MewsError,
  hotel: HotelConnection,
  context: RelayContext,
): void => {
  holdBack(hotel, error)
  const over = givenUp(hotel, context)
  if (over === undefined) return
  for (const plan of plans) {
    const expired = new Set(plan.run.entries.filter(({ at }) => at <= over.oldest).map(({ pos }) => pos))
    // What may have arrived comes last: it decides what the guest is told.
    const parts = [...openParts(plan).filter(({ state }) => state === 'waiting'), ...unsureParts(plan)]
    for (const part of parts) if (expired.has(part.pos)) failPart(plan, part, over.reason, context)
  }
}
