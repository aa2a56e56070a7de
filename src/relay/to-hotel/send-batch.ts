import { MewsError } from '../../mews/error.ts'
import type { Run } from '../../store/lanes/types.ts'
import type { RelayContext } from '../context.ts'
import { givenUp, holdBack } from '../property/call.ts'
import type { HotelConnection } from '../property/hotel.ts'
import { failParts, openParts, type Plan, recordPlans, unsureParts, withParts } from '../turns/plan.ts'
import { createAddMessages } from './add-messages.ts'
import { type Batch, batchSize, type Item } from './batching.ts'
import { createConfirmMessages } from './confirm-messages.ts'

/** Delivers a batch with one call where it can: unknown outcomes are looked up first, intents are recorded, then it is sent. */
export type SendBatch = (batch: Batch, signal: AbortSignal) => Promise<BatchResult>

/** What became of a batch. All other plans are finished where nothing is open in them. */
export interface BatchResult {
  /** The runs whose lease is lost. */
  readonly lost: ReadonlySet<Run>
  /** The runs whose thread takes no messages any more. */
  readonly refused: ReadonlySet<Run>
  /** The runs about which Mews refuses to be asked, and why: they wait by themselves, as they are recorded. */
  readonly unasked: ReadonlyMap<Run, MewsError>
}

export const createSendBatch = (context: RelayContext, hotel: HotelConnection): SendBatch => {
  const { mews, gate } = hotel
  const confirmMessages = createConfirmMessages(context, hotel)
  const addMessages = createAddMessages(context, hotel)
  const intend = createIntend(context, hotel)
  const holdOrGiveUp = createHoldOrGiveUp(context, hotel)

  /** Takes in that a call failed for a reason that is the property's, and records it. */
  const fail = async (plans: readonly Plan[], error: MewsError, batch: Batch, signal: AbortSignal) => {
    if (!signal.aborted) batch.replace(holdOrGiveUp(plans, error))
    batch.replace(await recordPlans(plans.map(batch.current), context))
  }

  const lookUp = async (batch: Batch, signal: AbortSignal) => {
    await mews.clock.learn(signal)
    const { plans, unasked } = await confirmMessages(batch.plans(), signal)
    batch.replace(plans)
    const recorded = batch.plans().filter(({ run }) => unasked.has(run))
    batch.replace(await recordPlans(recorded, context))
    return unasked
  }

  const send = async (
    plans: readonly Plan[],
    batch: Batch,
    signal: AbortSignal,
  ): Promise<Pick<BatchResult, 'lost' | 'refused'>> => {
    const { items, lost } = await intend(plans, batch)
    if (items.length === 0) return { lost, refused: new Set() }
    try {
      const refused = await addMessages(items, batch, signal)
      gate.succeeded('messages/add')
      return { lost, refused }
    } catch (error) {
      if (!(error instanceof MewsError)) throw error
      batch.replace(withFailure(items, batch, error, mews.clock.now()))
      const kept = plans.filter(({ run }) => !lost.has(run))
      await fail(kept.map(batch.current), error, batch, signal)
      return { lost, refused: new Set() }
    }
  }

  return async (batch, signal) => {
    try {
      const unasked = await lookUp(batch, signal)
      const asked = batch.plans().filter(({ run }) => !unasked.has(run))
      return { ...(await send(asked, batch, signal)), unasked }
    } catch (error) {
      if (!(error instanceof MewsError)) throw error
      await fail(batch.plans(), error, batch, signal)
      return { lost: new Set(), refused: new Set(), unasked: new Map() }
    }
  }
}

/** Records what is about to be sent; resolves with the items of lanes that are still ours. */
const createIntend =
  ({ store }: RelayContext, { mews }: HotelConnection) =>
  async (
    plans: readonly Plan[],
    batch: Batch,
  ): Promise<{ readonly items: readonly Item[]; readonly lost: ReadonlySet<Run> }> => {
    const now = mews.clock.now()
    const lost = new Set<Run>()
    const chosen = plans
      .filter((plan) => unsureParts(plan).length === 0)
      .flatMap((plan) => openParts(plan).map((delivery) => ({ plan, delivery })))
      .slice(0, batchSize)
    const items = await Promise.all(
      Array.from(
        Map.groupBy(chosen, ({ plan }) => plan),
        async ([before, own]): Promise<readonly Item[]> => {
          const sending = own.map(
            ({ delivery }) =>
              ({ ...delivery, state: 'sending', startedAt: now, reason: null, at: now }) as const,
          )
          const plan = withParts(before, sending)
          batch.replace([plan])
          const { run, parts: deliveries, note } = plan
          const { lane, token } = run
          const ours = await store.log.settle({
            lane,
            token,
            deliveries,
            note,
            nextStep: { next: 'hold' },
          })
          if (!ours) lost.add(run)
          return ours ? sending.map((delivery) => ({ plan, delivery })) : []
        },
      ),
    )
    return { items: items.flat(), lost }
  }

/** The plans of what was being sent, after a failure: it waits again where certainly nothing was sent, otherwise it stays unsure from now on. */
const withFailure = (
  items: readonly Item[],
  batch: Batch,
  { outcome, message }: MewsError,
  at: number,
): readonly Plan[] => {
  const state = outcome === 'unknown' ? 'sending' : 'waiting'
  return [...new Set(items.map(({ plan }) => plan))].map(batch.current).map((plan) =>
    withParts(
      plan,
      unsureParts(plan).map((part) => ({ ...part, state, reason: message, at }) as const),
    ),
  )
}

/** After a failure that is the property's: holds it back, and ends what has waited for too long while it failed. */
const createHoldOrGiveUp =
  (context: RelayContext, hotel: HotelConnection) =>
  (plans: readonly Plan[], error: MewsError): readonly Plan[] => {
    holdBack(hotel, error)
    const over = givenUp(hotel, context)
    if (over === undefined) return plans
    return plans.map((plan) => {
      const expired = new Set(plan.run.entries.filter(({ at }) => at <= over.oldest).map(({ pos }) => pos))
      // Parts that may have arrived come last, since the last one decides what the guest is told.
      const parts = [...openParts(plan).filter(({ state }) => state === 'waiting'), ...unsureParts(plan)]
      return failParts(
        plan,
        parts.filter(({ pos }) => expired.has(pos)),
        over.reason,
        context,
      )
    })
  }
