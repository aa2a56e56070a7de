import pLimit from 'p-limit'
import type { Adapter } from '../../port.ts'
import type { RestoredSpan } from '../../store/restored.ts'
import type { Delivery, Run } from '../../store/lanes/types.ts'
import { splitText } from '../../util/text.ts'
import { referencesOf } from './acknowledge.ts'
import { turnsAfterAll } from '../entries/after-all.ts'
import { answersTo, closeBinding } from '../commands.ts'
import { bind, type Bound, lastAddress } from '../threads/bind.ts'
import { composeTurn, mewsLimits } from '../turns/compose.ts'
import type { RelayContext } from '../context.ts'
import type { HotelConnection } from '../property/hotel.ts'
import { failPart, type Plan, waitingPart } from '../turns/plan.ts'
import {
  createAwaitEarlier,
  noteMessageTimes,
  readEntries,
  type ReadEntry,
  readMessageTimes,
  withoutOvertaken,
} from '../turns/read-run.ts'
import { conversationOf, platformOf } from '../ids.ts'
import { createReroute } from '../routing/reroute.ts'
import type { OpenThread } from '../threads/open-thread.ts'
import { doubt, doubtfulSince, inMewsTime } from '../restore/restored.ts'
import type { Texts } from '../texts.ts'
import type { Shutdown } from '../worker.ts'

/** A run that cannot be prepared now. */
class PrepareError extends Error {
  override readonly name = 'PrepareError'
}

/** Turns a claimed run into a plan. Rejects with what may pass; the run is tried again later. */
export type Prepare = (run: Run, shutdown: Shutdown) => Promise<Plan>

const readsAtOnce = 32

/** Reads what guests wrote, finds or opens the thread, and puts it into the hotel's words; many conversations side by side. */
export const createPrepare = (
  context: RelayContext,
  property: HotelConnection,
  openThread: OpenThread,
): Prepare => {
  const { adapters, texts } = context
  const { clock } = property.mews
  const readLimit = pLimit(readsAtOnce)
  const reroute = createReroute(context, property)
  const awaitEarlier = createAwaitEarlier(context)

  const adapterOf = (conversation: string): Adapter => {
    const adapter = adapters.get(platformOf(conversation))
    if (adapter !== undefined) return adapter
    throw new PrepareError(
      `Conversation ${conversation} belongs to a platform that is off. Set its settings again.`,
    )
  }

  return async (run, shutdown) => {
    const conversation = conversationOf(run.lane)
    const adapter = adapterOf(conversation)
    const how = { untilNew: true, timeZone: property.enterprise().timeZone }
    const { read: found, failure } = await readLimit(() => readEntries(run, adapter, shutdown.stop, how))
    if (found.length === 0) {
      throw new PrepareError(`An event of conversation ${conversation} could not be read.`, {
        cause: failure,
      })
    }
    await awaitEarlier(run, found)
    const times = readMessageTimes(run.note)
    const current = withoutOvertaken(found, times)
    const leaving = reroute(run, current, adapter)
    if (leaving !== undefined && current.length === 1) return leaving()
    const all = leaving === undefined ? current : current.slice(0, -1)
    const bound = await bind(conversation, property, adapter, all, openThread, context, shutdown)
    const read = covered(all, bound)
    const address = bound.binding?.address ?? lastAddress(read)
    const span = inMewsTime(await context.restored.span())
    const parts = inOrder(read).flatMap((entry) => doubtedPartsOf(entry, bound, texts, clock.now(), span))
    const plan: Plan = {
      run,
      conversation,
      property: property.key,
      address,
      references: referencesOf(read),
      parts,
      note: noteMessageTimes(times, read, new Set(parts.map(({ pos }) => pos))),
      afterAll: await turnsAfterAll(run.lane, read, { parts, address }, context),
      through: read.at(-1)?.entry.pos ?? 0,
      notices: await answersTo(read, { conversation, address, hotel: property.name }, context),
    }
    for (const entry of read) {
      const reason = whyFailed(entry, property.key, bound)
      if (reason === undefined || entry.entry.deliveries.length > 0) continue
      for (const part of plan.parts.filter(({ pos }) => pos === entry.entry.pos))
        failPart(plan, part, reason, context)
    }
    await closeBinding(read, bound, context)
    return plan
  }
}

/** The entries that a plan covers: when the thread is given up, only those that have waited long enough. */
const covered = (read: readonly ReadEntry[], { givenUp }: Bound): readonly ReadEntry[] => {
  const { through } = givenUp ?? {}
  const end = through === undefined ? -1 : read.findIndex(({ entry }) => entry.at > through)
  return end < 0 ? read : read.slice(0, end)
}

/** Platforms do not promise to send events in the order they were written: what is not on its way yet is put right. */
const inOrder = (read: readonly ReadEntry[]): readonly ReadEntry[] => {
  const { begun = [], fresh = [] } = Object.groupBy(read, ({ entry }) =>
    entry.deliveries.length > 0 ? 'begun' : 'fresh',
  )
  return [...begun.toSorted(byTime), ...fresh.toSorted(byTime)]
}

const byTime = (left: ReadEntry, right: ReadEntry): number => writtenAt(left) - writtenAt(right)

const writtenAt = (one: ReadEntry): number => one.writtenAt ?? one.turns[0]?.at ?? one.entry.at

/** The same where a backup was put back: the words are those that the lost records had, when nothing was late yet. */
const doubtedPartsOf = (
  one: ReadEntry,
  bound: Bound,
  texts: Texts,
  at: number,
  span: RestoredSpan | undefined,
): readonly Delivery[] => {
  const { entry, turns, unreadable } = one
  const since = doubtfulSince({ recordedAt: entry.at, writtenAt: turns[0]?.at }, span)
  if (since === undefined || unreadable !== undefined || entry.deliveries.length > 0)
    return partsOf(one, bound, texts, at)
  return doubt(partsOf({ ...one, late: false }, bound, texts, at), since)
}

/** An entry in the words the hotel reads, cut to what a message holds; what was prepared before stays as it was recorded. */
const partsOf = (
  { entry, turns, late, notice, unreadable }: ReadEntry,
  { binding, givenUp, threadId }: Bound,
  texts: Texts,
  at: number,
): readonly Delivery[] => {
  // Whoever was interrupted while sending may have sent it until just now.
  if (entry.deliveries.length > 0)
    return entry.deliveries.map((part) => (part.state === 'sending' ? { ...part, at } : part))
  const place = { pos: entry.pos, target: binding?.threadId ?? threadId ?? '', at }
  if (unreadable !== undefined) return [waitingPart({ ...place, part: 0, text: '', author: '' })]
  if (binding === undefined && givenUp === undefined && threadId === undefined) return []
  const spoken = turns.map((turn) => ({
    author: turn.author.name,
    authorId: turn.author.id,
    text: composeTurn(turn, { firstAuthor: binding?.firstAuthor, late }, texts),
  }))
  const said = notice === undefined ? spoken : [{ author: '', authorId: '', text: notice }]
  return said
    .filter(({ text }) => text !== '')
    .flatMap(({ text: whole, ...by }) => splitText(whole, mewsLimits.text).map((text) => ({ ...by, text })))
    .map((words, part) => waitingPart({ ...place, ...words, part }))
}

const whyFailed = (
  { unreadable, noticeFor }: ReadEntry,
  property: string,
  { givenUp }: Bound,
): string | undefined => {
  if (unreadable !== undefined) return `The recorded event could not be read (${unreadable}).`
  if (noticeFor !== undefined && noticeFor !== property)
    return `It is for ${noticeFor}, which the guest has left for another hotel.`
  return givenUp?.message
}
