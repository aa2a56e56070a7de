import type { Run } from '../../store/lanes/types.ts'
import { createAcknowledge } from './acknowledge.ts'
import { type BatchResult, createSendBatch } from './send-batch.ts'
import type { RelayContext } from '../context.ts'
import type { HotelConnection } from '../property/hotel.ts'
import { createPutOff } from './expire.ts'
import {
  batchSize,
  createBatch,
  createBatchTiming,
  createReadyPlans,
  firstBatch,
  messagesIn,
} from './batching.ts'
import { createHeldLanes, tookAll } from '../lanes/held-lanes.ts'
import { turnGroup } from '../ids.ts'
import type { LostThreads } from '../restore/lost-threads.ts'
import { createThreadOpener } from '../threads/open-thread.ts'
import { finished, openParts, type Plan } from '../turns/plan.ts'
import { createPrepare } from './prepare.ts'
import { createReplaceThread, repairBindings } from '../threads/bind.ts'
import { createTellClosed } from '../waits/desk.ts'
import { createWakeSignal } from '../../util/signal.ts'
import { type Shutdown, repeat, type Worker } from '../worker.ts'

/**
 * Carries one property's turns to Mews: claims what waits, prepares conversations side by side, and keeps one call in flight, so that
 * batches form by themselves under load and a lone turn leaves at once.
 */
export const createTurnSender = (
  context: RelayContext,
  hotel: HotelConnection,
  lost: LostThreads,
): Worker => ({
  run: async (shutdown) => {
    const { clock, log, store } = context
    const { draining } = shutdown
    // Before anything else writes bindings, so that none changes between being read and being written.
    await repairBindings(context, hotel.key).catch((error: unknown) =>
      log.error({ property: hotel.key, err: error }, 'bindings not repaired'),
    )
    const pipeline = createPipeline(context, hotel, lost, shutdown)
    const unsubscribe = store.log.onReady((group) => {
      if (group === turnGroup(hotel.key)) pipeline.claimable.wake()
    })
    await Promise.all([
      repeat('turn claimer', createClaim(context, hotel, pipeline, draining), { clock, log }, draining),
      repeat('turn sender', createSend(context, hotel, pipeline, shutdown), { clock, log }, draining),
    ])
    unsubscribe()
    // Another process can take up at once what is given back.
    await pipeline.end()
  },
})

const pollMs = 1_000

/** Claims what waits, as far as there is room for it. */
const createClaim =
  (
    { store, leases }: RelayContext,
    hotel: HotelConnection,
    { ready, working, lanes, claimable, batchTiming, begin }: Pipeline,
    draining: AbortSignal,
  ) =>
  async (): Promise<void> => {
    const pauseMs = batchTiming.beforeClaim(working.size)
    if (pauseMs > 0) return claimable.wait(pauseMs, draining)
    const hasRoom = messagesIn(ready.due()) < batchSize && !lanes.areMany
    if (!hasRoom) return claimable.wait(pollMs, draining)
    const query = { group: turnGroup(hotel.key), limit: batchSize, leaseMs: leases.leaseMs }
    const runs = await store.log.claim(query)
    batchTiming.claimed(runs.reduce((sum, { entries }) => sum + entries.length, 0))
    lanes.hold(runs)
    for (const run of runs) begin(run)
    if (tookAll(runs, batchSize)) await claimable.wait(pollMs, draining)
  }

/** Sends one batch of what is ready. */
const createSend = (
  context: RelayContext,
  hotel: HotelConnection,
  { ready, working, lanes, sendable, claimable, batchTiming, opener, advance, workOn }: Pipeline,
  shutdown: Shutdown,
) => {
  const { draining, aborted } = shutdown
  const replaceThread = createReplaceThread(context, opener)
  const recordLater = createRecordLater(context)
  const sendBatch = createSendBatch(context, hotel)

  /** After a batch: to the end, to a new thread, back among the ready plans, or into its lane until Mews can be asked about it. */
  const goOn = async (plan: Plan, { lost, refused, unasked }: BatchResult): Promise<void> => {
    const { run } = plan
    if (lost.has(run)) return lanes.letGo(run)
    if (unasked.has(run)) return workOn(run, Promise.reject(unasked.get(run)))
    if (refused.has(run)) return workOn(run, replaceThread(plan, shutdown))
    await advance(plan).catch((error: unknown) => ready.add(recordLater(plan, error)))
  }

  return async (): Promise<void> => {
    if (ready.due().length === 0) return sendable.wait(pollMs, draining)
    await hotel.gate.pass(draining)
    const plans = firstBatch(ready.due())
    const pauseMs = batchTiming.beforeSending(messagesIn(plans), working.size)
    if (pauseMs > 0) return sendable.wait(pauseMs, draining)
    batchTiming.sent()
    const wasFull = messagesIn(ready.due()) >= batchSize
    for (const plan of plans) ready.remove(plan)
    if (wasFull) claimable.wake()
    const batch = createBatch(plans)
    try {
      const result = await sendBatch(batch, aborted)
      await Promise.all(batch.plans().map((plan) => goOn(plan, result)))
    } catch (error) {
      for (const plan of batch.plans()) ready.add(plan)
      throw error
    }
  }
}

type Pipeline = ReturnType<typeof createPipeline>

/** The plans of one property, and the way of each from claim to settlement. */
const createPipeline = (
  context: RelayContext,
  hotel: HotelConnection,
  lost: LostThreads,
  shutdown: Shutdown,
) => {
  const { store, clock, log } = context
  const { draining } = shutdown
  const opener = createThreadOpener(context, hotel, lost)
  const acknowledge = createAcknowledge(context)
  const prepare = createPrepare(context, hotel, opener, acknowledge)
  const claimable = createWakeSignal(clock)
  const sendable = createWakeSignal(clock)
  const lanes = createHeldLanes(context, () => claimable.wake())
  const putOff = createPutOff(context, lanes)
  const tellClosed = createTellClosed(context, hotel)
  const asksStay = context.stays?.has(hotel.key) === true
  const batchTiming = createBatchTiming(hotel.budget, clock)
  /** A plan is in here or being worked on, never both. */
  const ready = createReadyPlans(clock)
  /** A batch may wait for them. */
  const working = createTasks(() => sendable.wake())
  const advance = async (plan: Plan): Promise<void> => {
    if (openParts(plan).length > 0) {
      ready.add(plan)
      return sendable.wake()
    }
    if (await store.log.settle(finished(plan, { more: tellClosed(plan), asksStay }))) {
      log.debug({ lane: plan.run.lane, through: plan.through, parts: plan.parts.length }, 'turns settled')
      acknowledge.settled(plan, draining)
    }
    lanes.letGo(plan.run)
  }

  /** Works on one lane while the others go on. */
  const workOn = (run: Run, work: Promise<Plan>): void =>
    working.add(
      work.then(advance).catch(async (error: unknown) => {
        if (!draining.aborted) await putOff(run, error)
      }),
    )

  const prepareRun = async (run: Run): Promise<Plan> => {
    const plan = await prepare(run, shutdown)
    acknowledge.recorded(plan, draining)
    return plan
  }

  return {
    ready,
    working,
    lanes,
    claimable,
    sendable,
    batchTiming,
    opener,
    advance,
    workOn,
    begin: (run: Run): void => workOn(run, prepareRun(run)),
    end: (): Promise<void> => working.ended().then(() => lanes.release()),
  }
}

/** How long receipts wait that could not be recorded, and how often that is logged while it goes on. */
const recordAgainMs = 1_000

const tellAgainMs = 60_000

/** Puts off a plan whose receipts could not be recorded, and logs it once a minute. */
const createRecordLater = ({ clock, log }: RelayContext) => {
  let tellAt = -Infinity
  return (plan: Plan, error: unknown): Plan => {
    const now = clock.monotonic()
    const due = now >= tellAt
    if (due) log.error({ lane: plan.run.lane, err: error }, 'receipts could not be recorded yet')
    tellAt = Math.min(due ? Infinity : tellAt, now + tellAgainMs)
    return { ...plan, notBefore: now + recordAgainMs }
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
