import type { NewThread } from '../../mews/fields.ts'
import type { Address, Turn } from '../../port.ts'
import type { ThreadRow } from '../../store/types.ts'
import { composeSender, composeSubject } from '../turns/compose.ts'
import type { PropertyLink, RelayContext } from '../context.ts'

/** What a new thread is opened for. */
export interface Opening {
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
  /** The thread that the conversation is bound to so far. */
  readonly boundTo?: string | undefined
}

/**
 * What was begun for the conversation at this property and not brought to its end. Never another property's: what was written to one
 * hotel opens no thread of another. A thread of this one that the guest has meanwhile left for another was brought to its end.
 */
export const findBegun = async (
  { conversation, replaces, boundTo }: Opening,
  property: string,
  { store }: RelayContext,
): Promise<ThreadRow | undefined> => {
  const latest = await store.threads.latest(conversation, property)
  if (latest === undefined || latest.threadId === replaces) return undefined
  const isLeft = latest.bound && boundTo !== undefined && latest.threadId !== boundTo
  return isLeft ? undefined : latest
}

const wordsOf = (
  { first, platform }: Opening,
  reference: string,
  { texts }: RelayContext,
): Pick<ThreadRow, 'subject' | 'sender'> => ({
  subject: composeSubject(first, platform, reference, texts),
  sender: composeSender(first.author),
})

/** The record of an intent is not what it was when the thread was about to be opened once more. */
class IntentError extends Error {
  override readonly name = 'IntentError'
}

/** Records that a thread is about to be opened, under a reference that no other thread has. */
export const intend = async (
  opening: Opening,
  { key: property, mews }: PropertyLink,
  context: RelayContext,
): Promise<ThreadRow> => {
  const { store, references } = context
  const { conversation } = opening
  const startedAt = mews.clock.now()
  for (let count = 1; ; count += 1) {
    const reference = (await references.of(property, conversation, count)).at(-1) ?? ''
    const row = { conversation, property, reference, ...wordsOf(opening, reference, context), startedAt }
    if (await store.threads.intend(row))
      return { ...row, threadId: null, bound: false, activeAt: startedAt, changes: 0 }
  }
}

/** Records that a thread is about to be opened once more, in the words of what is sent now. Throws `IntentError`. */
export const intendAgain = async (
  intent: ThreadRow,
  opening: Opening,
  { mews }: PropertyLink,
  context: RelayContext,
): Promise<ThreadRow> => {
  const { store } = context
  const anew = { ...intent, ...wordsOf(opening, intent.reference, context), startedAt: mews.clock.now() }
  if (await store.threads.intendAgain(intent, anew)) return anew
  throw new IntentError(`The thread of ${intent.conversation} was opened or erased meanwhile.`)
}

/** Words that cannot be what Mews refuses. */
export const plainly = ({ reference }: ThreadRow): NewThread => ({
  originalSender: 'Guest',
  subject: `ref ${reference}`,
})

export const inItsWords = ({ sender, subject }: ThreadRow): NewThread => ({ originalSender: sender, subject })
