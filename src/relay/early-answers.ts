import { LRUCache } from 'lru-cache'
import type { Adapter, Reading } from '../port.ts'
import type { LaneState, RecordedEvent } from '../store/lanes/types.ts'
import { resultWithin } from '../util/time-limit.ts'
import { createWakeSignal } from '../util/signal.ts'
import { answersTo } from './commands.ts'
import type { RelayContext } from './context.ts'
import { conversationOf, platformOf, propertyOfGroup, turnGroup } from './ids.ts'
import { lastAddress } from './threads/bind.ts'
import type { ReadEntry } from './turns/read-run.ts'
import { repeat, type Worker } from './worker.ts'

/** What waits for longer is looked at: usually a message is with the hotel by then, and its answer on its way. */
const lateMs = 1_500

const lookMs = 500

const pollMs = 60_000

/** How many lanes are looked at each time, the newest first: who asks now is there to read the answer. */
const lanesAtOnce = 8

/** Older ones get their answer when the hotel has what stands before it. */
const keptMs = 60_000

/** How many of a lane's waiting events are looked through for a question, and how many are counted. */
const newest = { asked: 5, counted: 100 } as const

const readMs = 2_000

/**
 * Answers *help* and *status* while what the guest wrote before still waits for the hotel, because Mews is away or slow. Once the hotel has
 * it, the same answer comes up again, and is known by its key.
 */
export const createEarlyAnswers = (context: RelayContext): Worker => {
  const { store, clock, log } = context
  /** Lanes with a new event, and when it came by the monotonic clock; the newest last. */
  const lanes = new Map<string, number>()
  const answer = createAnswer(context)
  const appended = createWakeSignal(clock)

  const look = async (draining: AbortSignal): Promise<void> => {
    if (lanes.size === 0) return appended.wait(pollMs, draining)
    await clock.sleep(lookMs, draining)
    const late = [...lanes].filter(([, at]) => at <= clock.monotonic() - lateMs)
    for (const [lane, at] of late) if (at <= clock.monotonic() - keptMs) lanes.delete(lane)
    const states = await store.log.states(late.map(([lane]) => lane))
    for (const [lane] of late) if ((states.get(lane)?.waiting ?? 0) === 0) lanes.delete(lane)
    const waiting = late.flatMap(([lane]) => (lanes.has(lane) ? [lane] : [])).slice(-lanesAtOnce)
    for (const lane of waiting) {
      lanes.delete(lane)
      const state = states.get(lane)
      if (state !== undefined && !draining.aborted) await answer(lane, state)
    }
  }

  return {
    run: async ({ draining }) => {
      const unsubscribe = store.log.onAppended((entries) => {
        for (const { lane, kind } of entries) {
          if (kind !== 'event' || lanes.has(lane)) continue
          lanes.set(lane, clock.monotonic())
          appended.wake()
        }
      })
      await repeat('early answers', () => look(draining), { clock, log }, draining)
      unsubscribe()
    },
  }
}

/** Answers what a lane's waiting events ask; what cannot be read now is answered later, in its turn. */
const createAnswer = (context: RelayContext) => {
  const { adapters, bindings, store, propertyNames, log } = context
  const looked = new LRUCache<string, number>({ max: 10_000 })
  const read = createReadQuestion(context)

  const answerAll = async (lane: string, { group, note }: LaneState): Promise<void> => {
    const conversation = conversationOf(lane)
    const adapter = adapters.get(platformOf(conversation))
    const key = propertyOfGroup(group)
    // While its hotel is not known, the worker that asks the guest answers, too.
    if (adapter === undefined || group !== turnGroup(key)) return
    const events = (await store.log.newestEvents(lane, newest.counted)).filter(({ done }) => !done)
    const unseen = events.filter(({ pos }) => pos > (looked.get(lane) ?? 0)).slice(0, newest.asked)
    for (const event of unseen.toReversed()) {
      const one = await read(event, adapter)
      looked.set(lane, event.pos)
      if (one === undefined) continue
      const address = lastAddress([one]) ?? (await bindings.find(conversation))?.address
      const hotel = { key, name: propertyNames.get(key) }
      const ahead = await countMessages(before(events, event), adapter)
      const answers = await answersTo([one], { conversation, address, hotel, note, ahead }, context)
      await store.log.append(answers)
    }
  }

  const countMessages = async (events: readonly RecordedEvent[], adapter: Adapter): Promise<number> => {
    const readings = await Promise.all(events.map((event) => readInTime(event, adapter, context)))
    return readings.filter((reading) => (reading?.turns.length ?? 0) > 0).length
  }

  return (lane: string, state: LaneState): Promise<void> =>
    answerAll(lane, state).catch((error: unknown) => log.debug({ lane, err: error }, 'not answered early'))
}

const before = (events: readonly RecordedEvent[], { pos }: RecordedEvent): readonly RecordedEvent[] =>
  events.filter((event) => event.pos < pos)

/** An event as it would be read in its turn; undefined for what asks nothing that can be answered before. */
const createReadQuestion =
  (context: RelayContext) =>
  async (event: RecordedEvent, adapter: Adapter): Promise<ReadEntry | undefined> => {
    const reading = await readInTime(event, adapter, context)
    if (reading?.command !== 'help' && reading?.command !== 'status') return undefined
    const { turns, address, language, after = [], ...ask } = reading
    return {
      entry: { ...event, kind: 'event', deliveries: [] },
      turns,
      after,
      ask,
      ...(address === undefined ? {} : { address }),
      ...(language === undefined ? {} : { language }),
    }
  }

const readInTime = (
  { payload }: RecordedEvent,
  adapter: Adapter,
  { clock }: RelayContext,
): Promise<Reading | undefined> =>
  resultWithin({ clock, ms: readMs }, (late) => adapter.read(payload, late)).catch(() => undefined)
