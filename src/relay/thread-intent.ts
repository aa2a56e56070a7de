import type { NewThread } from '../mews/fields.ts'
import type { Address, Turn } from '../port.ts'
import type { ThreadRow } from '../store/types.ts'
import { composeSender, composeSubject } from './compose.ts'
import type { RelayContext } from './context.ts'
import { threadReference } from './ids.ts'

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
}

/** The record of an intent is not what it was when the thread was about to be opened once more. */
class IntentError extends Error {
  override readonly name = 'IntentError'
}

/** Records that a thread is about to be opened, under a reference that no other thread has. */
export const intend = async (
  { conversation, platform, first }: Opening,
  property: string,
  context: RelayContext,
): Promise<ThreadRow> => {
  const { store, clock, texts } = context
  const startedAt = clock.now()
  for (let attempt = 0; ; attempt += 1) {
    const reference = threadReference(conversation, startedAt, attempt)
    const subject = composeSubject(first, platform, reference, texts)
    const row = { conversation, property, reference, subject, sender: composeSender(first.author), startedAt }
    if (await store.threads.intend(row))
      return { ...row, threadId: null, bound: false, activeAt: startedAt, changes: 0 }
  }
}

/** Records that a thread is about to be opened once more. Throws `IntentError`. */
export const intendAgain = async (intent: ThreadRow, { store, clock }: RelayContext): Promise<ThreadRow> => {
  const anew = { ...intent, startedAt: clock.now() }
  if (await store.threads.intendAgain(intent, anew)) return anew
  throw new IntentError(`The thread of ${intent.conversation} was opened or erased meanwhile.`)
}

/** Words that cannot be what Mews refuses. */
export const plainly = ({ reference }: ThreadRow): NewThread => ({
  originalSender: 'Guest',
  subject: `ref ${reference}`,
})

export const inItsWords = ({ sender, subject }: ThreadRow): NewThread => ({ originalSender: sender, subject })
