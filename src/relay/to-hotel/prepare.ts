import pLimit from 'p-limit'
import type { Adapter } from '../../port.ts'
import type { Delivery, Run } from '../../store/lanes/types.ts'
import { splitText } from '../../util/text.ts'
import type { Acknowledge } from './acknowledge.ts'
import { turnsAfterAll } from '../entries/after-all.ts'
import { type Asked, answersTo, closeBinding, withoutGranted } from '../commands.ts'
import { type Bound, createBind, lastAddress } from '../threads/bind.ts'
import { composeTurn, mewsLimits } from '../turns/compose.ts'
import type { RelayContext } from '../context.ts'
import type { HotelConnection } from '../property/hotel.ts'
import { failParts, type Plan, waitingPart } from '../turns/plan.ts'
import {
  createAwaitEarlier,
  noteMessageTimes,
  readEntries,
  type ReadEntry,
  readMessageTimes,
  languageAfter,
  noteLanguage,
  referencesOf,
  withoutOvertaken,
} from '../turns/read-run.ts'
import { conversationOf, platformOf } from '../ids.ts'
import { createReroute } from '../routing/reroute.ts'
import type { ThreadOpener } from '../threads/open-thread.ts'
import { doubtfulSince, doubtTurn, type WrittenSince, writtenInMewsTime } from '../restore/doubt.ts'
import { inMewsTime } from '../restore/restored.ts'
import type { Shutdown } from '../worker.ts'

/** A run that cannot be prepared now. */
class PrepareError extends Error {
  override readonly name = 'PrepareError'
}

/** Turns a claimed run into a plan. Rejects with what may pass; the run is tried again later. */
export type Prepare = (run: Run, shutdown: Shutdown) => Promise<Plan>

/** Reads what guests wrote, finds or opens the thread, and puts it into the hotel's words; many conversations side by side. */
export const createPrepare = (
  context: RelayContext,
  hotel: HotelConnection,
  opener: ThreadOpener,
  acknowledge: Pick<Acknowledge, 'read'>,
): Prepare => {
  const { adapters, restored } = context
  const readRun = createReadRun(context, hotel)
  const bind = createBind(context, hotel, opener)
  const reroute = createReroute(context, hotel)
  const awaitEarlier = createAwaitEarlier(context)
  const toParts = createToParts(context, hotel)
  const failUnsendable = createFailUnsendable(context, hotel)
  const answerFirst = createAnswerFirst(context, hotel)

  return async (run, shutdown) => {
    const conversation = conversationOf(run.lane)
    const adapter = adapterOf(conversation, adapters)
    const found = await readRun(run, adapter, shutdown.draining)
    await awaitEarlier(run, found)
    const times = readMessageTimes(run.note)
    const current = withoutOvertaken(found, times)
    const leaving = reroute(run, current, adapter)
    if (leaving !== undefined && current.length === 1) return leaving()
    const all = leaving === undefined ? current : current.slice(0, -1)
    // Before the thread: while Mews is away, a guest who has none yet waits for it.
    acknowledge.read(conversation, all, shutdown.draining)
    await answerFirst(run, all)
    const { language } = languageAfter(times, all)
    const texts = context.wording.forGuest(language, hotel.key)
    const bound = await bind({ conversation, platform: adapter.label, language }, all, shutdown)
    const span = inMewsTime(await restored.span())
    if (span !== undefined) await adapter.clock?.learn(shutdown.draining)
    const written = { span, platformClock: adapter.clock, mewsClock: hotel.mews.clock }
    const read = await withoutGranted(covered(all, bound), bound, written, context)
    const address = bound.binding?.address ?? lastAddress(read)
    const parts = inOrder(read).flatMap((entry) => toParts(entry, bound, written))
    const retried = read.filter(({ entry }) => entry.retryOf !== undefined)
    const plan: Plan = {
      run,
      conversation,
      property: hotel.key,
      address,
      language,
      references: referencesOf(read),
      parts,
      note: noteMessageTimes(times, read, new Set(parts.map(({ pos }) => pos))),
      through: read.at(-1)?.entry.pos ?? 0,
      notices: await answersTo(
        read,
        { conversation, address, hotel: named(context, hotel), note: run.note },
        context,
      ),
      ...(retried.length > 0 && {
        afterAll: await turnsAfterAll(run.lane, retried, { parts, address, texts }, context),
      }),
    }
    const prepared = failUnsendable(plan, read, bound)
    await closeBinding(read, bound, context)
    return prepared
  }
}

const adapterOf = (conversation: string, adapters: RelayContext['adapters']): Adapter => {
  const adapter = adapters.get(platformOf(conversation))
  if (adapter !== undefined) return adapter
  throw new PrepareError(
    `Conversation ${conversation} belongs to a platform that is off. Set its settings again.`,
  )
}

const readsAtOnce = 32

/** Reads a run through its adapter, a few runs at a time. */
const createReadRun = ({ wording }: RelayContext, hotel: HotelConnection) => {
  const readLimit = pLimit(readsAtOnce)
  return async (run: Run, adapter: Adapter, signal: AbortSignal): Promise<readonly ReadEntry[]> => {
    const { language } = wording.forStaff(hotel.key)
    const how = { untilNew: true, timeZone: hotel.enterprise().timeZone, language }
    const { read, failure } = await readLimit(() => readEntries(run, adapter, signal, how))
    if (read.length > 0) return read
    const conversation = conversationOf(run.lane)
    throw new PrepareError(`An event of conversation ${conversation} could not be read.`, { cause: failure })
  }
}

/** Answers a cry for help before the thread is looked for: its words wait while Mews is away, the answer need not. Later it is known by its key. */
const createAnswerFirst =
  (context: RelayContext, hotel: HotelConnection) =>
  async ({ lane, token, note }: Run, read: readonly ReadEntry[]): Promise<void> => {
    const asking = read.filter(({ ask, turns }) => ask?.command === 'help' && turns.length > 0)
    if (asking.length === 0) return
    const asked = {
      conversation: conversationOf(lane),
      address: lastAddress(read),
      hotel: named(context, hotel),
      // A language that is chosen in the same run counts for the answer, too.
      note: noteLanguage(note, read),
    }
    const append = await answersTo(asking, asked, context)
    await context.store.log.settle({ lane, token, append, nextStep: { next: 'hold' } })
  }

/** How guests' answers name the hotel: without a name while Mews has not told it. */
const named = ({ propertyNames }: RelayContext, { key }: HotelConnection): Asked['hotel'] => ({
  key,
  name: propertyNames.get(key),
})

/** The entries that a plan covers: when the thread is given up, only those that have waited long enough. */
const covered = (read: readonly ReadEntry[], { givenUp }: Bound): readonly ReadEntry[] => {
  const { through } = givenUp ?? {}
  const end = through === undefined ? -1 : read.findIndex(({ entry }) => entry.at > through)
  return end < 0 ? read : read.slice(0, end)
}

/** Platforms do not promise to send events in the order they were written: those that are not on their way yet are put in order. */
const inOrder = (read: readonly ReadEntry[]): readonly ReadEntry[] => {
  const { begun = [], fresh = [] } = Object.groupBy(read, ({ entry }) =>
    entry.deliveries.length > 0 ? 'begun' : 'fresh',
  )
  return [...begun.toSorted(byTime), ...fresh.toSorted(byTime)]
}

const byTime = (left: ReadEntry, right: ReadEntry): number => writtenAt(left) - writtenAt(right)

const writtenAt = (one: ReadEntry): number => one.writtenAt ?? one.turns[0]?.at ?? one.entry.at

/** Puts an entry into the words the hotel reads, cut to what a message holds; what was prepared before stays as it was recorded. */
const createToParts = ({ wording }: RelayContext, { key, mews }: HotelConnection) => {
  const toParts = (
    { entry, turns, late, notice, unreadable }: ReadEntry,
    { binding, givenUp, threadId }: Bound,
  ): readonly Delivery[] => {
    const at = mews.clock.now()
    // A process that was interrupted while it sent may have sent it until just now.
    if (entry.deliveries.length > 0)
      return entry.deliveries.map((part) => (part.state === 'sending' ? { ...part, at } : part))
    const common = { pos: entry.pos, target: binding?.threadId ?? threadId ?? '', at }
    if (unreadable !== undefined) return [waitingPart({ ...common, part: 0, text: '', author: '' })]
    if (binding === undefined && givenUp === undefined && threadId === undefined) return []
    const spoken = turns.map((turn) => ({
      author: turn.author.name,
      authorId: turn.author.id,
      text: composeTurn(turn, { firstAuthor: binding?.firstAuthor, late }, wording.forStaff(key)),
      ...(turn.kind === 'message' ? { awaitsReply: true } : {}),
    }))
    const said = notice === undefined ? spoken : [{ author: '', authorId: '', text: notice }]
    return said
      .filter(({ text }) => text !== '')
      .flatMap(({ text: whole, ...by }) => splitText(whole, mewsLimits.text).map((text) => ({ ...by, text })))
      .map((words, part) => waitingPart({ ...common, ...words, part }))
  }

  return (one: ReadEntry, bound: Bound, restored: WrittenSince): readonly Delivery[] => {
    const { entry, turns, unreadable } = one
    const written = turns[0]?.at
    const inMews = writtenInMewsTime(written, restored)
    const since = doubtfulSince({ recordedAt: entry.at, writtenAt: inMews ?? written }, restored.span)
    if (since === undefined || unreadable !== undefined || entry.deliveries.length > 0)
      return toParts(one, bound)
    // The lost records had these words, when nothing was late yet.
    const parts = toParts({ ...one, late: false }, bound)
    return doubtTurn(parts, since, { writtenAt: inMews, mewsClock: mews.clock })
  }
}

/** Ends what cannot be sent, whatever is tried: what cannot be read, what is for another hotel's staff, and what has no thread. */
const createFailUnsendable = (context: RelayContext, { key }: HotelConnection) => {
  const whyUnsendable = ({ unreadable, noticeFor }: ReadEntry, { givenUp }: Bound): string | undefined => {
    if (unreadable !== undefined) return `The recorded event could not be read (${unreadable}).`
    if (noticeFor !== undefined && noticeFor !== key)
      return `It is for ${noticeFor}, which the guest has left for another hotel.`
    return givenUp?.message
  }

  return (plan: Plan, read: readonly ReadEntry[], bound: Bound): Plan =>
    read.reduce((before, one) => {
      const { pos, deliveries } = one.entry
      const reason = whyUnsendable(one, bound)
      if (reason === undefined || deliveries.length > 0) return before
      const parts = before.parts.filter((part) => part.pos === pos)
      return failParts(before, parts, reason, context)
    }, plan)
}
