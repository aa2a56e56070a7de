import pLimit from 'p-limit'
import type { Wait } from '../../store/types.ts'
import { explainFailure } from '../../util/failure.ts'
import { pauseAfter } from '../../util/retry-after.ts'
import { resultWithin } from '../../util/time-limit.ts'
import type { RelayContext } from '../context.ts'
import type { EndResolved } from '../from-hotel/resolutions.ts'
import type { Sync } from '../from-hotel/sync.ts'
import { alarmId, replyLane } from '../ids.ts'
import type { HotelConnection } from '../property/hotel.ts'
import { repeat, type Shutdown, type Worker } from '../worker.ts'
import type { AlarmOptions } from './alert.ts'
import { createDeskOf } from './desk.ts'
import { type Alarm, type AlarmFailure, createSendAlarm, readAlarm } from './send-alarm.ts'

/** How it is seen that a wait has ended meanwhile. */
export interface AlarmLooks {
  readonly sync: Sync
  readonly endResolved: EndResolved
}

/**
 * Tells the staff of guests who wait, once for each step. A step that falls due is recorded first, then sent; where several fell due while
 * nothing ran, the highest counts. Before that it is looked at Mews whether the wait has ended.
 */
export const createAlarms = (
  context: RelayContext,
  hotel: HotelConnection,
  options: AlarmOptions,
  looks: AlarmLooks,
): Worker => {
  const { store, clock, log } = context
  const findDue = createFindDue(context, hotel, options)
  const lookAgain = createLookAgain(context, hotel, looks)
  const begin = createBegin(context, hotel, options)
  const attempts = createAttempts(context, hotel, options)

  const step = async (shutdown: Shutdown): Promise<void> => {
    const { draining } = shutdown
    await hotel.mews.clock.learn(draining)
    const due = findDue(await running())
    if (due.length > 0) {
      await lookAgain(
        due.map(({ wait }) => wait),
        draining,
      )
      for (const { wait, minutes } of findDue(await running())) await begin(wait, minutes)
    }
    attempts.start(await running(), shutdown)
    await clock.sleep(pollMs, draining)
  }

  function running(): Promise<readonly Wait[]> {
    const [first = 0] = options.minutes
    const before = hotel.mews.clock.now() - first * minuteMs
    const unless = options.minutes.at(-1) ?? 0
    return store.waits.running({ property: hotel.key, limit: mostAtOnce, before, unless })
  }

  return {
    run: async (shutdown) => {
      await repeat('reply alarms', () => step(shutdown), { clock, log }, shutdown.draining)
      await attempts.ended()
    },
  }
}

const minuteMs = 60_000

/** An alarm leaves within 20 s: this, the look at Mews, and the wait for a reply on its way are shorter together. */
const pollMs = 2_000

const lookMs = 5_000

const deliveryMs = 4_000

const deliveryPollMs = 500

const mostAtOnce = 1_000

const sentAtOnce = 8

/** Finds waits in which a higher step has been reached than was begun. */
const createFindDue = (context: RelayContext, hotel: HotelConnection, options: AlarmOptions) => {
  const { minutes, isOpenTimeOnly } = options
  const deskOf = createDeskOf(context, hotel)
  const most = (minutes.at(-1) ?? 0) * minuteMs

  const waitedMs = ({ since }: Wait, now: number): number => {
    const desk = isOpenTimeOnly ? deskOf() : undefined
    return desk === undefined ? now - since : desk.openMs(since, now, most)
  }

  return (waits: readonly Wait[]): readonly { readonly wait: Wait; readonly minutes: number }[] => {
    const now = hotel.mews.clock.now()
    return waits.flatMap((wait) => {
      const waited = waitedMs(wait, now)
      const reached = minutes.findLast((step) => step * minuteMs <= waited) ?? 0
      return reached > wait.step ? [{ wait, minutes: reached }] : []
    })
  }
}

/** Looks at Mews for replies and resolutions, and lets replies that are on their way arrive. Neither keeps an alarm for long. */
const createLookAgain = (
  { store, clock, log }: RelayContext,
  hotel: HotelConnection,
  { sync, endResolved }: AlarmLooks,
) => {
  const look = async (threadIds: readonly string[], signal: AbortSignal): Promise<void> => {
    await hotel.gate.pass(signal)
    await sync({ threadIds }, signal)
    await endResolved(signal)
  }

  const areOnTheirWay = async (waits: readonly Wait[]): Promise<boolean> => {
    const states = await store.log.states(waits.map(({ conversation }) => replyLane(conversation)))
    return [...states.values()].some(({ waiting, failingSince }) => waiting > 0 && failingSince === null)
  }

  return async (waits: readonly Wait[], draining: AbortSignal): Promise<void> => {
    const threadIds = waits.map(({ thread }) => thread)
    await resultWithin({ clock, ms: lookMs, signal: draining }, (late) =>
      look(threadIds, AbortSignal.any([late, draining])).catch((error: unknown) =>
        log.debug({ property: hotel.key, err: error }, 'it could not be seen whose wait is over'),
      ),
    )
    const end = clock.monotonic() + deliveryMs
    while (!draining.aborted && clock.monotonic() < end && (await areOnTheirWay(waits)))
      await clock.sleep(deliveryPollMs, draining)
  }
}

/** Records that an alarm is to be sent, in place of a lower one of the same wait. */
const createBegin =
  ({ store, restored, log }: RelayContext, hotel: HotelConnection, { isTask, sendAlert }: AlarmOptions) =>
  async (wait: Wait, minutes: number): Promise<void> => {
    const { thread, since, conversation } = wait
    const at = hotel.mews.clock.now()
    const span = await restored.span()
    const alarm: Alarm = {
      id: alarmId(thread, since, minutes),
      at,
      // The records that were lost with a backup may have sent it.
      triedAt: span?.since ?? at,
      alert: sendAlert === undefined ? 'done' : 'due',
      task: isTask ? (span === undefined ? 'due' : 'unknown') : 'done',
    }
    if (!(await store.waits.alarmed(wait, minutes, JSON.stringify(alarm)))) return
    log.info({ property: hotel.key, conversation, minutes, alarm: alarm.id }, 'a guest waits')
  }

/** Sends what is recorded, each wait's alarm by itself, so that a receiver that hangs keeps no other alarm. */
const createAttempts = (context: RelayContext, hotel: HotelConnection, options: AlarmOptions) => {
  const { clock, times, random, log } = context
  const limit = pLimit(sentAtOnce)
  const send = createSendAlarm(context, hotel, options)
  const working = new Map<string, Promise<void>>()
  const pauses = new Map<string, { readonly attempts: number; readonly notBefore: number }>()

  const putOff = (alarm: string, { reason, afterMs = 0 }: AlarmFailure): void => {
    const { attempts = 0 } = pauses.get(alarm) ?? {}
    const pause = pauseAfter(attempts, { firstMs: times.retryMs, maxMs: times.retryMaxMs, random })
    pauses.set(alarm, { attempts: attempts + 1, notBefore: clock.monotonic() + Math.max(pause, afterMs) })
    log.warn({ property: hotel.key, alarm, reason }, 'alarm not sent yet')
  }

  const attempt = async (wait: Wait, alarm: string, { draining, aborted }: Shutdown): Promise<void> => {
    if (draining.aborted) return
    try {
      const failure = await send(wait, aborted)
      if (aborted.aborted) return
      if (failure === undefined) pauses.delete(alarm)
      else putOff(alarm, failure)
    } catch (error) {
      if (!aborted.aborted) putOff(alarm, { reason: explainFailure(error) })
    }
  }

  return {
    start: (waits: readonly Wait[], shutdown: Shutdown): void => {
      const pending = new Map(
        waits.flatMap((wait) => (wait.alarm === '' ? [] : [[readAlarm(wait.alarm).id, wait] as const])),
      )
      for (const id of pauses.keys()) if (!pending.has(id)) pauses.delete(id)
      for (const [id, wait] of pending) {
        if (working.has(id) || clock.monotonic() < (pauses.get(id)?.notBefore ?? -Infinity)) continue
        working.set(
          id,
          limit(() => attempt(wait, id, shutdown)).finally(() => working.delete(id)),
        )
      }
    },
    ended: async (): Promise<void> => void (await Promise.all(working.values())),
  }
}
