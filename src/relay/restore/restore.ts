import type { MewsThread } from '../../mews/wire.ts'
import { activeThreads } from '../from-hotel/sync.ts'
import { announcementEntries } from '../entries/announcement.ts'
import type { RelayContext } from '../context.ts'
import { intervalSince } from '../property/list.ts'
import { languages } from '../locales.ts'
import type { HotelConnection } from '../property/hotel.ts'
import { deliveryId } from '../ids.ts'
import { noteDone, restoredUntilMark } from './restored.ts'
import type { LostThreads } from './lost-threads.ts'
import { repeat } from '../worker.ts'

/** The work for a property after a backup was put back. */
export interface RestoreProperty {
  /** Binds conversations to the threads that were opened since the backup; before anything is sent or looked for. */
  bind(draining: AbortSignal): Promise<void>
  /** Tells operators, and the staff in the thread, of threads whose guest is not known any more; once. */
  tell(draining: AbortSignal): Promise<void>
}

/** After this long, platforms have sent again what they send again, and every thread is found that can be. */
const tellAfterMs = 10 * 60_000

/** At most this many are named in the log. */
const mostNamed = 10

export const createRestoreProperty = (
  context: RelayContext,
  hotel: HotelConnection,
  lost: LostThreads,
): RestoreProperty => {
  const { store, bindings, clock, log } = context
  const { key, mews } = hotel
  const tellStaff = createTellStaff(context, hotel)

  const begun = createBegun(context, hotel, lost)

  const bindAll = async (draining: AbortSignal): Promise<void> => {
    if ((await begun(draining)) === undefined) return
    if ((await lost.left(draining)).length === 0) return
    const seen = new Set<string>()
    for await (const page of activeThreads(store, key, 0))
      for (const { conversation } of page) {
        if (seen.has(conversation)) continue
        seen.add(conversation)
        await bindKnown(conversation, draining)
      }
    // Where bindings are kept elsewhere, they may be newer than the records.
    for (const { id } of await lost.left(draining)) {
      const conversation = await bindings.conversationOf(id)
      if (conversation !== undefined) await lost.claim(conversation, draining)
    }
  }

  const bindKnown = async (conversation: string, draining: AbortSignal): Promise<void> => {
    const before = await bindings.find(conversation)
    if (before === undefined || before.property !== key) return
    const [row] = await store.threads.byId([before.threadId])
    const thread = await lost.claim(conversation, draining)
    if (thread === undefined || thread.id === before.threadId) return
    const firstAuthor = row?.sender === thread.originalSender ? before.firstAuthor : ''
    const { closed: _, ...open } = before
    await bindings.write({ ...open, threadId: thread.id, firstAuthor, activeAt: mews.clock.now() })
    await store.threads.bound(conversation, thread.id)
  }

  const tellAll = async (draining: AbortSignal): Promise<void> => {
    const until = await begun(draining)
    if (until === undefined) return
    await clock.sleep(Math.min(Number(until) + tellAfterMs - mews.clock.now(), tellAfterMs), draining)
    if (draining.aborted) return
    const threads = await lost.left(draining)
    for (const thread of threads) await tellStaff(thread, draining)
    if (threads.length > 0) {
      const threadIds = threads.slice(0, mostNamed).map(({ id }) => id)
      const fields = { property: key, threads: threads.length, threadIds }
      log.warn(fields, 'threads opened since the backup whose guests are not known until they write again')
    }
    await noteDone(key, { until, unclaimed: threads }, store.marks)
  }

  return {
    bind: (draining) => once(() => bindAll(draining), context, draining),
    tell: (draining) => once(() => tellAll(draining), context, draining),
  }
}

/** Says in a thread, once, that its guest is not known: it is looked whether the words are there already. */
function createTellStaff(
  { store, wording, clock, times }: RelayContext,
  hotel: HotelConnection,
): (thread: MewsThread, draining: AbortSignal) => Promise<void> {
  const { key, mews } = hotel
  // As it was said before Mews had told the hotel's language, too.
  const isSaid = (text: string): boolean =>
    languages.some((each) => wording.forGuest(each, key).say('threadUnknown') === text)

  const findTold = async (
    { id, createdAt }: MewsThread,
    draining: AbortSignal,
  ): Promise<string | undefined> => {
    const { end } = intervalSince(createdAt, mews.clock)
    const messages = await mews.listMessages({ threadIds: [id], start: createdAt, end }, draining, 'sync')
    return messages.find(({ sender, text }) => sender === 'Application' && isSaid(text))?.id
  }

  const sayIn = async ({ id: threadId }: MewsThread, draining: AbortSignal): Promise<string> => {
    try {
      const text = wording.forStaff(key).say('threadUnknown')
      const said = { threadId, text, identifier: deliveryId('restored', threadId, 0) }
      const [added] = await mews.addMessages([said], draining)
      return added?.id ?? ''
    } catch (error) {
      // It may still appear.
      await clock.sleep(times.confirmMs, draining)
      throw error
    }
  }

  return async (thread, draining) => {
    await hotel.gate.pass(draining)
    const id = (await findTold(thread, draining)) ?? (await sayIn(thread, draining))
    // Mews announces it: it counts as known, so that it is not looked for.
    const [entry] = announcementEntries(key, [{ id, threadId: thread.id }], clock.now())
    if (entry !== undefined) await store.log.append([{ ...entry, keys: [...entry.keys, `mews:${id}`] }])
  }
}

/** Asks Mews, so that its clock is known; resolves with undefined where nothing is to be done, or all of it is done. */
function createBegun(
  { restored, store }: RelayContext,
  { key, mews }: HotelConnection,
  lost: LostThreads,
): (draining: AbortSignal) => Promise<string | undefined> {
  return async (draining) => {
    const before = await restored.span()
    if (before !== undefined && before.certain !== true) {
      await lost.left(draining)
      await mews.clock.learn(draining)
    }
    const span = await restored.settle(mews.clock)
    if (span === undefined) return undefined
    const until = String(span.until)
    return (await store.marks.get(restoredUntilMark(key))) === until ? undefined : until
  }
}

/** Does something until it has succeeded. */
function once(work: () => Promise<void>, context: RelayContext, draining: AbortSignal): Promise<void> {
  const done = new AbortController()
  const step = async (): Promise<void> => {
    await work()
    done.abort()
  }
  return repeat('restore', step, context, AbortSignal.any([draining, done.signal]))
}
