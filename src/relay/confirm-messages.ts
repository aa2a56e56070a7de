import type { MewsMessage } from '../mews/wire.ts'
import type { Delivery } from '../store/types.ts'
import { clockSkewMs, type PropertyLink, type RelayContext } from './context.ts'
import { listMessages } from './list-messages.ts'
import { type Plan, unsureParts, update } from './plan.ts'

/** `messages/getAll` takes this many threads at once. */
const threadsAtOnce = 1_000

const normal = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()

/**
 * Pairs parts with the messages they became: by their words, each message once, so that two equal texts stay two. In
 * whichever order: what was sent together need not stand in the order of its positions.
 */
export const matchParts = (
  parts: readonly Delivery[],
  messages: readonly MewsMessage[],
): ReadonlyMap<Delivery, MewsMessage> => {
  const pairs = new Map<Delivery, MewsMessage>()
  let left = messages
  for (const part of parts) {
    const at = left.findIndex(
      ({ threadId, text }) => threadId === part.target && normal(text) === normal(part.text),
    )
    const message = left[at]
    if (message === undefined) continue
    pairs.set(part, message)
    left = left.toSpliced(at, 1)
  }
  return pairs
}

/**
 * Asks Mews about the parts whose outcome is unknown. What is found becomes `sent`; what is certainly absent becomes
 * `waiting`; what may still appear stays `sending`. Rejects when Mews could not be asked.
 */
export const confirmMessages = async (
  plans: readonly Plan[],
  { mews, gate }: PropertyLink,
  { store, clock, times, log }: RelayContext,
  signal: AbortSignal,
): Promise<void> => {
  const unsure = plans.flatMap(unsureParts)
  if (unsure.length === 0) return
  const targets = [...new Set(unsure.map(({ target }) => target))].slice(0, threadsAtOnce)
  const asked = new Set(targets)
  const askedAt = clock.now()
  const start = Math.min(...unsure.map(({ startedAt }) => startedAt)) - clockSkewMs
  const interval = { start, end: askedAt + clockSkewMs }
  const found = await listMessages(targets, interval, mews, signal, 'send')
  gate.succeeded('messages/getAll')
  const known = await store.log.nativeIds(targets, 0)
  const ours = found.filter(({ id, sender }) => sender === 'Application' && !known.has(id))

  for (const plan of plans) {
    const parts = unsureParts(plan).filter(({ target }) => asked.has(target))
    const pairs = matchParts(parts, ours)
    if (pairs.size > 0) gate.succeeded('messages/add')
    for (const part of parts) {
      const message = pairs.get(part)
      if (message !== undefined) update(plan, { ...part, state: 'sent', nativeId: message.id, at: askedAt })
      else if (askedAt >= part.at + times.confirmMs) update(plan, { ...part, state: 'waiting' })
      else plan.notBefore = Math.max(plan.notBefore ?? 0, part.at + times.confirmMs)
    }
    log.info({ lane: plan.run.lane, asked: parts.length, found: pairs.size }, 'unknown outcomes looked up')
  }
}
