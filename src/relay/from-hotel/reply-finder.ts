import { MewsError } from '../../mews/error.ts'
import { createFollow } from './follow.ts'
import type { RelayContext } from '../context.ts'
import type { HotelConnection } from '../property/hotel.ts'
import { createHeldLanes } from '../lanes/held-lanes.ts'
import { hookLane } from '../ids.ts'
import { createOtherWriters, type OtherWriters } from '../restore/other-writers.ts'
import { holdBack } from '../property/call.ts'
import { createWakeSignal } from '../../util/signal.ts'
import { createResolutions, type EndResolved } from './resolutions.ts'
import { createSync, type Sync } from './sync.ts'
import { repeat, type Worker } from '../worker.ts'

const announcementsAtOnce = 1_000

const pollMs = 1_000

/** How often the threads are read, too, that were silent for long. */
const fullSyncMs = 60 * 60_000

/** How often it is looked whether the staff resolved threads in which guests wait; alarms look by themselves. */
const resolvedMs = 10 * 60_000

/** Finds what the hotel wrote: when Mews announces something, at the start, and every so often without. */
export const createReplyFinder = (
  context: RelayContext,
  hotel: HotelConnection,
  endResolved: EndResolved,
): Worker => {
  const { store, leases, clock, times, log } = context
  const group = hookLane(hotel.key)
  const others = createOtherWriters(context, hotel)
  const sync = createGatedSync(context, hotel, others)
  const findResolved = createFindResolved(context, hotel)
  const beside = createBeside(context, hotel)
  const lanes = createHeldLanes(context, () => {})
  const follow = createFollow(context, hotel, sync, lanes)
  const wake = createWakeSignal(clock)
  let nextSync = -Infinity
  let nextFullSync = -Infinity
  let nextResolved = -Infinity

  const syncRegularly = async (draining: AbortSignal): Promise<void> => {
    const everything = clock.monotonic() >= nextFullSync
    nextSync = clock.monotonic() + times.syncMs
    const recordResolved = await findResolved(draining)
    await sync({ everything }, draining)
    await recordResolved()
    if (clock.monotonic() >= nextResolved) {
      nextResolved = clock.monotonic() + resolvedMs
      await beside(() => endResolved(draining), 'it could not be seen whose wait is over', draining)
    }
    if (!everything) return
    nextFullSync = clock.monotonic() + fullSyncMs
    const unseen = 'it could not be seen whether another connector writes'
    await beside(() => others.end(draining), unseen, draining)
  }

  const step = async (draining: AbortSignal): Promise<void> => {
    const runs = await store.log.claim({ group, limit: announcementsAtOnce, leaseMs: leases.leaseMs })
    lanes.hold(runs)
    if (runs.length > 0) return follow(runs, draining)
    const waitMs = nextSync - clock.monotonic()
    if (waitMs <= 0) await syncRegularly(draining)
    else await wake.wait(Math.min(waitMs, pollMs), draining)
  }

  return {
    run: async ({ draining }) => {
      const unsubscribe = store.log.onReady((ready) => {
        if (ready === group) wake.wake()
      })
      await repeat('reply finder', () => step(draining), { clock, log }, draining)
      unsubscribe()
      await lanes.release()
    },
  }
}

/** Makes what does something beside the look for replies: a failure must not keep them from being found. */
const createBeside =
  ({ log }: RelayContext, { key }: HotelConnection) =>
  async (work: () => Promise<void>, unseen: string, draining: AbortSignal): Promise<void> => {
    try {
      await work()
    } catch (error) {
      if (!draining.aborted) log.warn({ property: key, err: error }, unseen)
    }
  }

/** A sync that waits at the gate while the property cannot be called. */
const createGatedSync = (context: RelayContext, hotel: HotelConnection, others: OtherWriters): Sync => {
  const sync = createSync(context, hotel, (messages) => others.look(messages))
  return async (scope, draining) => {
    await hotel.gate.pass(draining)
    try {
      const seen = await sync(scope, draining)
      hotel.gate.succeeded('messages/getAll')
      return seen
    } catch (error) {
      if (error instanceof MewsError && !draining.aborted) holdBack(hotel, error)
      throw error
    }
  }
}

/**
 * Finds which threads the staff resolved; resolves with a function that records that, to be called once the replies from before are
 * recorded. A failure must not keep replies from being found.
 */
const createFindResolved = (context: RelayContext, hotel: HotelConnection) => {
  const resolutions = createResolutions(context, hotel)
  return async (draining: AbortSignal): Promise<() => Promise<void>> => {
    await hotel.gate.pass(draining)
    try {
      const changes = await resolutions.find(draining)
      return () => resolutions.record(changes)
    } catch (error) {
      if (!draining.aborted)
        context.log.warn(
          { property: hotel.key, err: error },
          'it could not be seen which threads are resolved',
        )
      return async () => {}
    }
  }
}
