import type { MewsError } from '../../mews/error.ts'
import type { MewsMessage } from '../../mews/wire.ts'
import type { Delivery } from '../../store/lanes/types.ts'
import { intervalSince, type RelayContext } from '../context.ts'
import type { HotelConnection } from '../property/hotel.ts'
import { listMessages } from '../property/list.ts'
import { type Plan, unsureParts, update } from '../turns/plan.ts'
import { holdBack } from '../property/call.ts'

/** `messages/getAll` takes this many threads at once. */
const threadsAtOnce = 1_000

/**
 * Pairs parts with the messages they became: by their words, each message once, so that two equal texts stay two, and none that is
 * older than the attempt. In whichever order: what was sent together need not stand in the order of its positions.
 */
export const matchParts = (
  parts: readonly Delivery[],
  messages: readonly MewsMessage[],
  earliest: (startedAt: number) => number,
): ReadonlyMap<Delivery, MewsMessage> => {
  const left = Map.groupBy(messages, ({ threadId, text }) => wordsIn(threadId, text))
  const pairs = new Map<Delivery, MewsMessage>()
  for (const part of parts) {
    const same = left.get(wordsIn(part.target, part.text)) ?? []
    const at = same.findIndex(({ createdAt }) => createdAt >= earliest(part.startedAt))
    const [message] = at < 0 ? [] : same.splice(at, 1)
    if (message !== undefined) pairs.set(part, message)
  }
  return pairs
}

/**
 * Asks Mews about the parts whose outcome is unknown. What is found becomes `sent`; what is certainly absent becomes
 * `waiting`; what may still appear stays `sending`. Resolves with the plans of which Mews refuses the answer, and stay as they
 * are. Rejects when Mews could not be asked.
 */
export const confirmMessages = async (
  plans: readonly Plan[],
  hotel: HotelConnection,
  { store, times, clock, log }: RelayContext,
  signal: AbortSignal,
): Promise<ReadonlyMap<Plan, MewsError>> => {
  const { mews, gate } = hotel
  const unasked = new Map<Plan, MewsError>()
  const unsure = plans.flatMap(unsureParts)
  if (unsure.length === 0) return unasked
  const targets = [...new Set(unsure.map(({ target }) => target))].slice(0, threadsAtOnce)
  const asked = new Set(targets)
  const askedAt = mews.clock.now()
  const interval = intervalSince(Math.min(...unsure.map(({ startedAt }) => startedAt)), mews.clock)
  const { error, ...listed } = await listMessages(
    targets,
    interval,
    { mews, threads: store.threads },
    signal,
    'send',
  )
  if (listed.answered) gate.succeeded('messages/getAll')
  // One thread alone may be at fault itself; the looks for replies tell whether it is the property.
  else if (error !== undefined && targets.length - listed.unknown.size > 1) holdBack(hotel, error)
  const known = await store.log.nativeIds(targets, 0)
  const ours = listed.messages.filter(({ id, sender }) => sender === 'Application' && !known.has(id))
  const pairs = matchParts(
    unsure.filter(({ target }) => asked.has(target)),
    ours,
    (startedAt) => intervalSince(startedAt, mews.clock).start,
  )
  if (pairs.size > 0) gate.succeeded('messages/add')

  for (const plan of plans) {
    const parts = unsureParts(plan).filter(({ target }) => asked.has(target))
    const learned: Delivery[] = []
    for (const part of parts) {
      const { target } = part
      const message = pairs.get(part)
      const refused = listed.refused.has(target) || listed.unclear.has(target)
      if (message !== undefined) learned.push({ ...part, state: 'sent', nativeId: message.id, at: askedAt })
      else if (refused && error !== undefined) unasked.set(plan, error)
      else if (askedAt >= part.at + times.confirmMs) {
        // It may stand in a thread that was Mews's and is not any more.
        const possiblyTwice = part.possiblyTwice || listed.unknown.has(target)
        learned.push({ ...part, state: 'waiting', possiblyTwice })
      } else {
        // A wrong clock may have recorded it as later than now.
        const at = Math.min(part.at, askedAt)
        if (at < part.at) learned.push({ ...part, at })
        const readyAt = clock.monotonic() + at + times.confirmMs - askedAt
        plan.notBefore = Math.max(plan.notBefore ?? 0, readyAt)
      }
    }
    update(plan, learned)
    log.info(
      { lane: plan.run.lane, asked: parts.length, found: parts.filter((part) => pairs.has(part)).length },
      'unknown outcomes looked up',
    )
  }
  return unasked
}

/** Equal for the same words in the same thread. */
const wordsIn = (threadId: string, text: string): string =>
  `${threadId} ${text.replaceAll(/\s+/g, ' ').trim()}`
