import type { Adapter, Confirmation, Part, RemoteClock, Vault } from '../../../src/port.ts'
import { readFields } from '../../../src/util/json.ts'
import { cleanText } from '../../../src/util/text.ts'
import type { ChannexClient } from '../api/client.ts'
import { ChannexError } from '../api/error.ts'
import { readAddress } from '../id.ts'
import { sameWords } from '../read/format.ts'
import type { OneByOne } from '../read/look-ups.ts'
import type { Message } from '../wire.ts'
import { toFailure } from './outcome.ts'

/** How far the times of Channex's messages may be from its clock as it is known here, and while it is not known. */
const clockToleranceMs = 5 * 60_000

const unknownToleranceMs = 26 * 60 * 60_000

/** When to ask again after an answer that told nothing. */
const askAgainMs = 15_000

/** What `createConfirm` needs. */
export interface ConfirmOptions {
  readonly client: Pick<ChannexClient, 'threadMessages'>
  readonly claims: Claims
  readonly oneByOne: OneByOne
  /** Channex's clock, by which `since` is measured. */
  readonly clock: Pick<RemoteClock, 'now' | 'skewMs'>
}

/**
 * Reads the thread, newest first, for the hotel's message with the part's words that was written since the attempt and is no other part's.
 * The same words that staff wrote outside Mews at the same time cannot be told apart.
 */
export const createConfirm = (options: ConfirmOptions): NonNullable<Adapter['confirm']> => {
  const { client, claims, oneByOne, clock } = options

  const findPosted = async (
    part: Part,
    threadId: string,
    since: number,
    signal: AbortSignal,
  ): Promise<Confirmation> => {
    const claimed = await claims.of(threadId)
    const own = [...claimed].find(([, deliveryId]) => deliveryId === part.deliveryId)
    if (own !== undefined) return { outcome: 'sent', id: own[0] }
    const from = earliest(since, clock)
    const text = cleanText(part.text).trim()
    const isOurs = ({ id, sender, at, text: words }: Message): boolean =>
      sender === 'property' && at !== undefined && at >= from && !claimed.has(id) && sameWords(words, text)
    for await (const page of client.threadMessages(threadId, signal)) {
      const posted = page.find(isOurs)
      if (posted !== undefined) {
        await claims.add(threadId, posted.id, part.deliveryId)
        return { outcome: 'sent', id: posted.id }
      }
      if (page.some(({ at }) => at !== undefined && at < from)) break
    }
    return { outcome: 'absent' }
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

/** The newest that are kept of each thread: more than are sent, or looked up after a backup was put back, within minutes. Some 16 KB. */
const maxClaims = 250

/** Which message of a thread each part has become, kept over restarts; both methods reject when the vault fails. */
export interface Claims {
  /** Delivery ids by message id. */
  of(threadId: string): Promise<ReadonlyMap<string, string>>
  add(threadId: string, messageId: string, deliveryId: string): Promise<void>
}

/** Keeps claims in the vault, without any words. Calls for one thread must not overlap. */
export const createClaims = (vault: Vault): Claims => {
  const of = async (threadId: string): Promise<ReadonlyMap<string, string>> => {
    const stored = Object.entries(readFields(await vault.get(toKey(threadId))) ?? {})
    return new Map(stored.map(([messageId, deliveryId]) => [messageId, String(deliveryId)]))
  }
  return {
    of,
    add: async (threadId, messageId, deliveryId) => {
      const claims = [...(await of(threadId)), [messageId, deliveryId] as const]
      await vault.set(toKey(threadId), Object.fromEntries(claims.slice(-maxClaims)))
    },
  }
}

/** The earliest time at which the part may have been posted in Channex. */
function earliest(since: number, clock: ConfirmOptions['clock']): number {
  const now = clock.now()
  // A record from the future was made by a wrong clock.
  const isCertain = clock.skewMs() !== undefined && since <= now + clockToleranceMs
  return isCertain ? since - clockToleranceMs : Math.min(since, now) - unknownToleranceMs
}

const toKey = (threadId: string): string => `sent:${threadId}`
