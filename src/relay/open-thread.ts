import pLimit from 'p-limit'
import type { Address, Turn } from '../port.ts'
import type { ThreadRow } from '../store/types.ts'
import type { Binding } from './bindings.ts'
import { composeSender, composeSubject } from './compose.ts'
import { clockSkewMs, type PropertyLink, type RelayContext } from './context.ts'
import { threadReference } from './ids.ts'
import { callProperty, GivenUpError, isItemRefusal } from './property-call.ts'
import type { Ending } from './worker.ts'

/** What a new thread is opened for. */
interface Opening {
  readonly conversation: string
  /** The platform's name for people. */
  readonly platform: string
  /** What begins the thread. */
  readonly first: Turn
  readonly address: Address
  /** When the first of what waits for it was recorded. */
  readonly since: number
  /** The thread that is followed by the new one. */
  readonly replaces?: string | undefined
}

/** Opens a thread, or finishes opening one that was interrupted, and binds the conversation to it. Throws `GivenUpError`. */
export type OpenThread = (opening: Opening, ending: Ending) => Promise<Binding>

const openingsAtOnce = 4

/** Whether an intended thread was opened after all; waits until its absence is certain. */
const findOpened = async (
  intent: ThreadRow,
  since: number,
  certainAt: number,
  link: PropertyLink,
  context: RelayContext,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const { clock } = context
  for (;;) {
    const askedAt = clock.now()
    const query = { createdFrom: intent.startedAt - clockSkewMs, createdTo: askedAt + clockSkewMs }
    const call = { operation: 'messageThreads/getAll', since, signal }
    const threads = await callProperty(link, context, call, () =>
      link.mews.listThreads(query, signal, 'thread'),
    )
    if (typeof threads === 'string') continue
    const found = threads.answer.find(({ subject }) => subject.includes(intent.reference))
    if (found !== undefined) return found.id
    if (askedAt >= certainAt) return undefined
    await clock.sleep(certainAt - askedAt, signal)
    signal.throwIfAborted()
  }
}

/** Records that a thread is about to be opened. */
const intend = async (
  { conversation, platform, first }: Opening,
  property: string,
  context: RelayContext,
): Promise<ThreadRow> => {
  const { store, clock, texts } = context
  const startedAt = clock.now()
  const reference = threadReference(conversation, startedAt)
  const subject = composeSubject(first, platform, reference, texts)
  const row = { conversation, property, reference, subject, sender: composeSender(first.author), startedAt }
  await store.threads.intend(row)
  return { ...row, threadId: null, bound: false, activeAt: startedAt, changes: 0 }
}

/** A thread whose words cannot be what Mews refuses. */
const toPlain = (intent: ThreadRow): ThreadRow => ({
  ...intent,
  subject: `ref ${intent.reference}`,
  sender: 'Guest',
})

const isPlain = ({ subject, reference }: ThreadRow): boolean => subject === `ref ${reference}`

/** Opens the intended thread, however often it takes, but never a second one. */
const openIntended = async (
  intended: ThreadRow,
  since: number,
  interrupted: boolean,
  link: PropertyLink,
  context: RelayContext,
  { stop, abort }: Ending,
): Promise<string> => {
  const { store, clock, times } = context
  const call = { operation: 'messageThreads/add', since, signal: stop }
  let intent = intended
  // Whoever was interrupted may have sent it until just now.
  let unsureSince = clock.now()
  for (let unsure = interrupted; ;) {
    const found = unsure
      ? await findOpened(intent, since, unsureSince + times.confirmMs, link, context, stop)
      : undefined
    if (found !== undefined) {
      link.gate.succeeded(call.operation)
      return found
    }
    if (unsure) {
      intent = { ...intent, startedAt: clock.now() }
      await store.threads.intend(intent)
    }
    try {
      const thread = { originalSender: intent.sender, subject: intent.subject }
      const opened = await callProperty(link, context, call, () => link.mews.addThread(thread, abort))
      if (typeof opened !== 'string') return opened.answer.id
      unsure = opened === 'unknown'
      unsureSince = clock.now()
    } catch (error) {
      if (!isItemRefusal(error)) throw error
      if (isPlain(intent)) throw new GivenUpError(error.message, { cause: error })
      intent = toPlain(intent)
    }
  }
}

export const createOpenThread = (context: RelayContext, link: PropertyLink): OpenThread => {
  const { store, bindings, clock, log } = context
  const limit = pLimit(openingsAtOnce)

  const open = async (opening: Opening, ending: Ending): Promise<string> => {
    const { conversation, replaces, since } = opening
    const latest = await store.threads.latest(conversation)
    const interrupted = latest?.threadId === replaces ? undefined : latest
    if (interrupted !== undefined && interrupted.threadId !== null) return interrupted.threadId
    const intent = interrupted ?? (await intend(opening, link.key, context))
    const threadId = await openIntended(intent, since, interrupted !== undefined, link, context, ending)
    await store.threads.opened(intent.reference, threadId, clock.now())
    log.info({ conversation, threadId, property: link.key }, 'thread opened')
    return threadId
  }

  return (opening, ending) =>
    limit(async () => {
      ending.stop.throwIfAborted()
      const threadId = await open(opening, ending)
      const { conversation, address, first } = opening
      const firstAuthor = first.author.id
      const binding = {
        v: 1,
        conversation,
        property: link.key,
        threadId,
        firstAuthor,
        address,
        activeAt: clock.now(),
      } as const
      await bindings.write(binding)
      await store.threads.bound(threadId)
      return binding
    })
}
