import pLimit from 'p-limit'
import type { NewThread } from '../../mews/fields.ts'
import type { MewsThread } from '../../mews/wire.ts'
import type { Address, Turn } from '../../port.ts'
import type { ThreadRow } from '../../store/types.ts'
import type { RelayContext } from '../context.ts'
import { intervalSince } from '../property/list.ts'
import type { HotelConnection } from '../property/hotel.ts'
import { createSync } from '../from-hotel/sync.ts'
import { createCallProperty, GivenUpError, isItemRefusal } from '../property/call.ts'
import type { LostThreads } from '../restore/lost-threads.ts'
import { composeSender, composeSubject } from '../turns/compose.ts'
import type { Shutdown } from '../worker.ts'
import type { Binding } from './bindings.ts'

/** Opens the threads of one hotel. */
export interface ThreadOpener {
  /** Opens a thread, or finishes opening one that was interrupted, and binds the conversation to it. Throws `GivenUpError`. */
  open(opening: Opening, shutdown: Shutdown): Promise<Binding>
  /** Whether one was opened that a backup, which was put back, does not know, or was found again there and is not bound yet. */
  wasOpened(conversation: string, signal: AbortSignal): Promise<boolean>
}

const openingsAtOnce = 4

export const createThreadOpener = (
  context: RelayContext,
  hotel: HotelConnection,
  lost: LostThreads,
): ThreadOpener => {
  const { store, bindings, log } = context
  const { clock } = hotel.mews
  const limit = pLimit(openingsAtOnce)
  const sync = createSync(context, hotel)
  const openIntended = createOpenIntended(context, hotel)

  const findOrOpen = async (opening: Opening, shutdown: Shutdown): Promise<Opened> => {
    const { conversation } = opening
    await clock.learn(shutdown.draining)
    const begun = await findBegun(opening, hotel.key, context)
    const { threadId: known = null, sender = '' } = begun ?? {}
    if (known !== null) return { threadId: known, sender }
    // The sync is past what the staff wrote there.
    const found = await lost.claim(conversation, shutdown.draining, ({ id }) =>
      sync({ conversations: new Map([[id, conversation]]) }, shutdown.draining),
    )
    if (found !== undefined) return { threadId: found.id, sender: found.originalSender }
    const intent = begun ?? (await intend(opening, hotel, context))
    const opened = await openIntended(intent, opening, begun !== undefined, shutdown)
    const { threadId } = opened
    await store.threads.opened(intent, threadId, clock.now())
    log.info({ conversation, threadId, property: hotel.key }, 'thread opened')
    return opened
  }

  const open = (opening: Opening, shutdown: Shutdown): Promise<Binding> =>
    limit(async () => {
      shutdown.draining.throwIfAborted()
      const { threadId, sender } = await findOrOpen(opening, shutdown)
      const { conversation, address, first, language } = opening
      // The opening may have been begun for another author's message, and been found again.
      // Where their name could not be had in time, the thread is named by their id.
      const { id, name } = first.author
      const firstAuthor = sender === composeSender({ id, name }) || sender === id ? id : ''
      const binding = {
        v: 1,
        conversation,
        property: hotel.key,
        threadId,
        firstAuthor,
        address,
        activeAt: clock.now(),
        ...(language === undefined ? {} : { language }),
      } as const
      await bindings.write(binding)
      await store.threads.bound(conversation, threadId)
      return binding
    })

  return {
    open,
    wasOpened: async (conversation, signal) => {
      const latest = await store.threads.latest(conversation, hotel.key)
      return latest?.bound === false || lost.has(conversation, signal)
    },
  }
}

/** Why and for whom a new thread is opened. */
export interface Opening {
  readonly conversation: string
  /** The platform's name for people. */
  readonly platform: string
  /** The turn that begins the thread. */
  readonly first: Turn
  readonly address: Address
  /** The guest's, as far as it is known (BCP 47). */
  readonly language?: string | undefined
  /** When the first of what waits for it was recorded. */
  readonly since: number
  /** The thread that is followed by the new one. */
  readonly replaces?: string | undefined
  /** The thread that the conversation is bound to so far. */
  readonly boundTo?: string | undefined
}

/** The record of an intent is not what it was when the thread was about to be opened once more. */
class IntentError extends Error {
  override readonly name = 'IntentError'
}

/** An opened thread, and the name it was opened in. */
interface Opened {
  readonly threadId: string
  readonly sender: string
}

/**
 * Finds an opening for the conversation at this property that was begun and not finished. An opening at another property does not count:
 * what was written to one hotel opens no thread of another. A thread that the guest has left for another hotel counts as finished.
 */
const findBegun = async (
  { conversation, replaces, boundTo }: Opening,
  property: string,
  { store }: RelayContext,
): Promise<ThreadRow | undefined> => {
  const latest = await store.threads.latest(conversation, property)
  if (latest === undefined || latest.threadId === replaces) return undefined
  const isLeft = latest.bound && boundTo !== undefined && latest.threadId !== boundTo
  return isLeft ? undefined : latest
}

/** Records that a thread is about to be opened, under a reference that no other thread has. */
const intend = async (
  opening: Opening,
  { key: property, mews }: HotelConnection,
  context: RelayContext,
): Promise<ThreadRow> => {
  const { store, references } = context
  const { conversation } = opening
  const startedAt = mews.clock.now()
  for (let count = 1; ; count += 1) {
    const reference = (await references.of(property, conversation, count)).at(-1) ?? ''
    const words = wordsOf(opening, { property, reference }, context)
    const row = { conversation, property, reference, ...words, startedAt }
    if (await store.threads.intend(row))
      return { ...row, threadId: null, bound: false, activeAt: startedAt, changes: 0 }
  }
}

const wordsOf = (
  { first, platform }: Opening,
  { property, reference }: Pick<ThreadRow, 'property' | 'reference'>,
  { wording }: RelayContext,
): Pick<ThreadRow, 'subject' | 'sender'> => ({
  subject: composeSubject(first, platform, reference, wording.forStaff(property)),
  sender: composeSender(first.author),
})

/** Opens the intended thread, however often it takes, but never a second one. */
const createOpenIntended = (context: RelayContext, hotel: HotelConnection) => {
  const { times } = context
  const { gate, mews } = hotel
  const callProperty = createCallProperty(context, hotel)
  const findOpened = createFindOpened(context, hotel)
  const operation = 'messageThreads/add'

  return async (
    intended: ThreadRow,
    opening: Opening,
    interrupted: boolean,
    { draining, aborted }: Shutdown,
  ): Promise<Opened> => {
    const { since } = opening
    let intent = intended
    let compose = inItsWords
    // A process that was interrupted may have sent it until just now.
    let unsureSince = mews.clock.now()
    for (let unsure = interrupted; ;) {
      if (unsure) {
        const certainAt = unsureSince + times.confirmMs
        const found = await findOpened(intent, { since, certainAt }, draining)
        if (found !== undefined) {
          gate.succeeded(operation)
          return { threadId: found, sender: intent.sender }
        }
        intent = await intendAgain(intent, opening, hotel, context)
      }
      const thread = compose(intent)
      try {
        const opened = await callProperty({ operation, since, signal: draining }, () =>
          mews.addThread(thread, aborted),
        )
        if (typeof opened !== 'string') return { threadId: opened.answer.id, sender: intent.sender }
        unsure = opened === 'unknown'
        unsureSince = mews.clock.now()
      } catch (error) {
        if (!isItemRefusal(error)) throw error
        if (thread.subject === plainly(intent).subject)
          throw new GivenUpError(error.message, { cause: error })
        compose = plainly
      }
    }
  }
}

/** Finds out whether an intended thread was opened after all; waits until its absence is certain. */
const createFindOpened = (context: RelayContext, hotel: HotelConnection) => {
  const { clock } = hotel.mews
  const callProperty = createCallProperty(context, hotel)
  return async (
    intent: ThreadRow,
    { since, certainAt }: { readonly since: number; readonly certainAt: number },
    signal: AbortSignal,
  ): Promise<string | undefined> => {
    for (;;) {
      const askedAt = clock.now()
      const { start, end } = intervalSince(intent.startedAt, clock)
      const query = { createdFrom: start, createdTo: end }
      const call = { operation: 'messageThreads/getAll', since, signal }
      const threads = await callProperty(call, () => hotel.mews.listThreads(query, signal, 'thread'))
      if (typeof threads === 'string') continue
      const found = await ofIntent(intent, threads.answer, context)
      if (found !== undefined) return found
      if (askedAt >= certainAt) return undefined
      await context.clock.sleep(certainAt - askedAt, signal)
      signal.throwIfAborted()
    }
  }
}

/** The thread that was opened for an intent. A known thread of another intent does not count, whatever its subject says. */
const ofIntent = async (
  { conversation, reference }: ThreadRow,
  threads: readonly MewsThread[],
  { store }: RelayContext,
): Promise<string | undefined> => {
  const ids = threads.filter(({ subject }) => subject.includes(reference)).map(({ id }) => id)
  if (ids.length === 0) return undefined
  const others = (await store.threads.byId(ids)).filter(
    (row) => row.conversation !== conversation || row.reference !== reference,
  )
  return ids.find((id) => !others.some(({ threadId }) => threadId === id))
}

/** Records that a thread is about to be opened once more, in the words of what is sent now. Throws `IntentError`. */
const intendAgain = async (
  intent: ThreadRow,
  opening: Opening,
  { mews }: HotelConnection,
  context: RelayContext,
): Promise<ThreadRow> => {
  const { store } = context
  const anew = { ...intent, ...wordsOf(opening, intent, context), startedAt: mews.clock.now() }
  if (await store.threads.intendAgain(intent, anew)) return anew
  throw new IntentError(`The thread of ${intent.conversation} was opened or erased meanwhile.`)
}

const inItsWords = ({ sender, subject }: ThreadRow): NewThread => ({ originalSender: sender, subject })

/** Words that cannot be what Mews refuses. */
const plainly = ({ reference }: ThreadRow): NewThread => ({
  originalSender: 'Guest',
  subject: `ref ${reference}`,
})
