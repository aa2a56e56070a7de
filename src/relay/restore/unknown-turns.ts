import type { MewsMessage, MewsThread } from '../../mews/wire.ts'
import type { Store } from '../../store/types.ts'
import type { TracedPart } from '../../store/traces.ts'
import { referencesIn } from '../ids.ts'

/** How far the times of one message may be apart that Mews and we noted. */
const toleranceMs = 2_000

/** The same for what was erased: it may have been tried for some time. */
const erasedMs = 60 * 60_000

/** One message that is there twice may have taken effect late; several have another sender. */
const leastTwins = 2

/**
 * Finds the messages that this integration wrote to Mews and this database does not know: another connector has the same tokens, or the
 * database is older than Mews's records. A message whose outcome is unknown here, or that may have been sent twice, does not count.
 */
export const findUnknownTurns = async (
  messages: readonly MewsMessage[],
  { log, threads }: Pick<Store, 'log' | 'threads'>,
): Promise<readonly MewsMessage[]> => {
  const ours = messages.filter(({ sender }) => sender === 'Application')
  if (ours.length === 0) return []
  const known = await log.knownMessages(ours.map(({ id }) => id))
  const left = ours.filter(({ id }) => !known.has(id))
  if (left.length === 0) return []
  const parts = await threads.partsIn([...new Set(left.map(({ threadId }) => threadId))])
  const ofThread = Map.groupBy(parts, ({ threadId }) => threadId)
  const unknown: MewsMessage[] = []
  const twins: MewsMessage[] = []
  for (const message of left) {
    const like = (ofThread.get(message.threadId) ?? []).filter((part) => mayBe(part, message))
    if (like.length === 0) unknown.push(message)
    else if (like.every((part) => part.certain && message.createdAt > part.startedAt + toleranceMs))
      twins.push(message)
  }
  return twins.length < leastTwins ? unknown : [...unknown, ...twins]
}

/** Finds the threads that a connector opened and this database does not know. */
export const findUnknownThreads = async (
  threads: readonly MewsThread[],
  store: Pick<Store, 'threads'>,
): Promise<readonly MewsThread[]> => {
  const marked = threads.filter((thread) => referencesIn(thread).length > 0)
  if (marked.length === 0) return []
  const rows = await store.threads.byId(marked.map(({ id }) => id))
  const known = new Set(rows.map(({ threadId }) => threadId))
  const left = marked.filter(({ id }) => !known.has(id))
  if (left.length === 0) return []
  // One that was opened twice, because an answer was lost, carries the reference of the other.
  const references = await store.threads.references(left.flatMap(referencesIn))
  return left.filter((thread) => !referencesIn(thread).some((word) => references.has(word)))
}

/** Whether a message has the words of a part. The words of an erased part are gone: then its time decides, as long as it is not known which message it became. */
function mayBe({ text, certain, startedAt, at }: TracedPart, message: MewsMessage): boolean {
  if (text !== '') return squeeze(text) === squeeze(message.text)
  return !certain && message.createdAt > startedAt - erasedMs && message.createdAt < at + erasedMs
}

const squeeze = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()
