import { createAcknowledge } from './acknowledge.ts'
import { type BatchResult, batchSize, createSendBatch } from './send-batch.ts'
import type { RelayContext } from '../context.ts'
import type { HotelConnection } from '../property/hotel.ts'
import { putOff } from './expire.ts'
import { createBatchTiming, createReadyPlans, firstBatch, messagesIn } from './batching.ts'
import { createHeldLanes } from '../lanes/held-lanes.ts'
import { turnGroup } from '../ids.ts'
import type { LostThreads } from '../restore/lost-threads.ts'
import { createOpenThread } from '../threads/open-thread.ts'
import { finished, openParts, type Plan } from '../turns/plan.ts'
import { createPrepare } from './prepare.ts'
import { createReplaceThread, repairBindings } from '../threads/bind.ts'
import { createWakeSignal } from '../../util/signal.ts'
import { type Shutdown, repeat, type Worker } from '../worker.ts'

const pollMs = 1_000

/** How long receipts wait that could not be recorded, and how often that is told while it goes on. */
const recordAgainMs = 1_000

const tellAgainMs = 60_000

/**
 * Carries one property's turns to Mews: claims what waits, prepares conversations side by side, and keeps one call in
 * flight, so that batches form by themselves under load and a lone turn leaves at once.
 */
export const createTurnSender = (
  context: RelayContext,
  hotel: HotelConnection,
  lost: LostThreads,
): Worker => {
  const { clock, log, store } = context
  const pipeline = createPipeline(context, hotel, lost)
  const { ready, working, claimable, sendable, batchTiming, take, lanes, goOn, end } = pipeline
  const sendBatch = createSendBatch(context, hotel)

  const send = async (shutdown: Shutdown): Promise<void> => {
    const { stop, abort } = shutdown
    if (ready.due().length === 0) return sendable.wait(pollMs, stop)
    await hotel.gate.pass(stop)
    const batch = firstBatch(ready.due())
    const pauseMs = batchTiming.beforeSending(messagesIn(batch), working.size)
    if (pauseMs > 0) return sendable.wait(pauseMs, stop)
    batchTiming.sent()
    for (const plan of batch) ready.remove(plan)
    claimable.wake()
    try {
      const result = await sendBatch(batch, abort)
      const { plans } = result
      for (const plan of batch) if (!plans.includes(plan)) lanes.letGo(plan.run)
      await Promise.all(plans.map((plan) => goOn(plan, result, shutdown)))
    } catch (error) {
      for (const plan of batch) ready.add(plan)
      throw error
    }
  }

  return {
    run: async (stop, abort) => {
      // Before anything else writes bindings: what is read of one must be what it still is when it is written.
      await repairBindings(context, hotel.key).catch((error: unknown) =>
        log.error({ property: hotel.key, err: error }, 'bindings not repaired'),
      )
      const unsubscribe = store.log.onReady((group) => {
        if (group === turnGroup(hotel.key)) claimable.wake()
      })
      await Promise.all([
        repeat('turn claimer', () => take({ stop, abort }), { clock, log }, stop),
        repeat('turn sender', () => send({ stop, abort }), { clock, log }, stop),
      ])
      unsubscribe()
      await end()
    },
  }
}

/** Prepared plans of one property and the way of each from claim to settlement. */
const createPipeline = (context: RelayContext, hotel: HotelConnection, lost: LostThreads) => {
  const { store, clock, log } = context
  const batchTiming = createBatchTiming(hotel.budget, clock)
  const openThread = createOpenThread(context, hotel, lost)
  const prepare = createPrepare(context, hotel, openThread)
  const replaceThread = createReplaceThread(context, openThread)
  const acknowledge = createAcknowledge(context)
  const claimable = createWakeSignal(clock)
  const sendable = createWakeSignal(clock)
  const lanes = createHeldLanes(context, () => claimable.wake())
  const recordLater = createRecordLater(context)
  /** A plan is in here or being worked on, never both. */
  const ready = createReadyPlans(clock)
  /** A batch may wait for them. */
  const working = createTasks(() => sendable.wake())

  const advance = async (plan: Plan, stop: AbortSignal): Promise<void> => {
    if (openParts(plan).length > 0) {
      ready.add(plan)
      return sendable.wake()
    }
    if (await store.log.settle(finished(plan))) {
      log.debug({ lane: plan.run.lane, through: plan.through, parts: plan.parts.length }, 'turns settled')
      acknowledge.settled(plan, stop)
    }
    lanes.letGo(plan.run)
  }

  /** Works on one lane apart from the others. */
  const apart = (run: Plan['run'], work: Promise<Plan>, stop: AbortSignal): void => {
    const task = work
      .then((plan) => advance(plan, stop))
      .catch(async (error: unknown) => {
        if (!stop.aborted) await putOff(run, error, lanes, context)
      })
    working.add(task)
  }

  const begin = async (run: Plan['run'], shutdown: Shutdown): Promise<Plan> => {
    const plan = await prepare(run, shutdown)
    acknowledge.recorded(plan, shutdown.stop)
    return plan
  }

  const take = async (shutdown: Shutdown): Promise<void> => {
    const pauseMs = batchTiming.beforeClaim(working.size)
    if (pauseMs > 0) return claimable.wait(pauseMs, shutdown.stop)
    const room = messagesIn(ready.due()) < batchSize && !lanes.areMany
    if (!room) return claimable.wait(pollMs, shutdown.stop)
    const query = { group: turnGroup(hotel.key), limit: batchSize, leaseMs: context.leases.leaseMs }
    const runs = await store.log.claim(query)
    batchTiming.claimed(runs.reduce((sum, { entries }) => sum + entries.length, 0))
    lanes.hold(runs)
    for (const run of runs) apart(run, begin(run, shutdown), shutdown.stop)
    if (runs.length === 0) await claimable.wait(pollMs, shutdown.stop)
  }

  /** After a batch: on to the end, to a new thread, back among the ready ones, or to its lane until Mews can be asked about it. */
  const goOn = async (plan: Plan, { refused, unasked }: BatchResult, shutdown: Shutdown): Promise<void> => {
    if (unasked.has(plan)) return apart(plan.run, Promise.reject(unasked.get(plan)), shutdown.stop)
    if (refused.has(plan)) return apart(plan.run, replaceThread(plan, shutdown), shutdown.stop)
    await advance(plan, shutdown.stop).catch((error: unknown) => {
      recordLater(plan, error)
      ready.add(plan)
    })
  }

  /** Gives back what is still held, so that another process can go on with it at once. */
  const end = (): Promise<void> => working.ended().then(() => lanes.release())

  return { ready, working, claimable, sendable, batchTiming, take, lanes, goOn, end }
}

/** Puts off plans whose receipts could not be recorded, and tells of it now and then. */
const createRecordLater = ({ clock, log }: RelayContext) => {
  let tellAt = -Infinity
  return (plan: Plan, error: unknown): void => {
    const now = clock.monotonic()
    const due = now >= tellAt
    if (due) log.error({ lane: plan.run.lane, err: error }, 'receipts could not be recorded yet')
    tellAt = Math.min(due ? Infinity : tellAt, now + tellAgainMs)
    plan.notBefore = now + recordAgainMs
  }
}

/** Work that goes on side by side; `onEnd` is called after each piece of it. */
const createTasks = (onEnd: () => void) => {
  const running = new Set<Promise<void>>()
  return {
    get size() {
      return running.size
    },
    add: (task: Promise<void>): void => {
      running.add(task)
      void task.finally(() => {
        running.delete(task)
        onEnd()
      })
    },
    ended: async (): Promise<void> => void (await Promise.all(running)),
  }
}
