import type { Adapter, Confirmation, Directory, Part, RemoteClock } from '../../../src/port.ts'
import { cleanText } from '../../../src/util/text.ts'
import type { ChannexClient } from '../api/client.ts'
import { ChannexError } from '../api/error.ts'
import { readAddress } from '../id.ts'
import { sameWords } from '../read/format.ts'
import type { OneByOne } from '../read/look-ups.ts'
import type { Message } from '../wire.ts'
import { toFailure } from '../api/error.ts'

/** How far the times of Channex's messages may be behind its clock as it is known here, and while it is not known. */
const clockToleranceMs = 60_000

const unknownToleranceMs = 26 * 60 * 60_000

/** When to ask again after an answer that told nothing. */
const askAgainMs = 15_000

/** What `createConfirm` needs. */
export interface ConfirmOptions {
  readonly client: Pick<ChannexClient, 'threadMessages'>
  readonly directory: Pick<Directory, 'sentParts'>
  readonly oneByOne: OneByOne
  /** Channex's clock, by which `since` is measured. */
  readonly clock: Pick<RemoteClock, 'now' | 'skewMs'>
}

/**
 * Reads the thread for the hotel's message with the part's words that was written since the attempt and is not recorded as another part.
 * The same words that staff wrote outside Mews at the same time cannot be told apart.
 */
export const createConfirm = (options: ConfirmOptions): NonNullable<Adapter['confirm']> => {
  const { client, directory, oneByOne, clock } = options

  const findPosted = async (
    part: Part,
    threadId: string,
    since: number,
    signal: AbortSignal,
  ): Promise<Confirmation> => {
    const from = earliest(since, clock)
    const text = cleanText(part.text).trim()
    const same: Message[] = []
    for await (const page of client.threadMessages(threadId, signal)) {
      const recent = page.filter(({ at }) => at !== undefined && at >= from)
      same.push(
        ...recent.filter(({ sender, text: words }) => sender === 'property' && sameWords(words, text)),
      )
      if (page.some(({ at }) => at !== undefined && at < from)) break
    }
    const known = await directory.sentParts(same.map(({ id }) => id))
    const free = same.filter(({ id }) => !known.has(id))
    // Earlier parts are looked up first, so the oldest is theirs; what is older than the attempt is so only by clocks that differ.
    const posted = free.findLast(({ at = 0 }) => at >= since) ?? free[0]
    return posted === undefined ? { outcome: 'absent' } : { outcome: 'sent', id: posted.id }
  }

  return async (part, since, signal) => {
    const threadId = readAddress(part.address)
    if (threadId === undefined) return { outcome: 'cannot tell', reason: 'the stored address cannot be read' }
    try {
      return await oneByOne(threadId, () => findPosted(part, threadId, since, signal))
    } catch (error) {
      const failure = toFailure(error)
      const { reason } = failure
      if (error instanceof ChannexError && failure.outcome === 'rejected')
        return { outcome: 'cannot tell', reason }
      const asked = failure.outcome === 'retry' ? failure.afterMs : undefined
      return { outcome: 'cannot tell', reason, afterMs: asked ?? askAgainMs }
    }
  }
}

/** The earliest time at which the part may have been posted in Channex. */
function earliest(since: number, clock: ConfirmOptions['clock']): number {
  const now = clock.now()
  // A record from the future was made by a wrong clock.
  const isCertain = clock.skewMs() !== undefined && since <= now + clockToleranceMs
  return isCertain ? since - clockToleranceMs : Math.min(since, now) - unknownToleranceMs
}
