import type { MewsError } from '../../mews/error.ts'
import type { MewsMessage } from '../../mews/wire.ts'
import type { Delivery, Run } from '../../store/lanes/types.ts'
import type { RelayContext } from '../context.ts'
import { holdBack } from '../property/call.ts'
import type { HotelConnection } from '../property/hotel.ts'
import { createHotelReader, intervalSince, type Listed } from '../property/list.ts'
import { earliestMatch } from '../restore/doubt.ts'
import { type Plan, unsureParts, withParts, withReached } from '../turns/plan.ts'

/**
 * Asks Mews about the parts whose outcome is unknown. A part that is found becomes `sent`, one that is certainly absent `waiting`; one that
 * may still appear stays `sending`. Rejects when Mews could not be asked.
 */
export type ConfirmMessages = (plans: readonly Plan[], signal: AbortSignal) => Promise<Confirmed>

export interface Confirmed {
  /** The plans that were asked about, as they are now. */
  readonly plans: readonly Plan[]
  /** The runs about whose thread Mews refuses to be asked, and why. */
  readonly unasked: ReadonlyMap<Run, MewsError>
}

/** `messages/getAll` takes this many threads at once. */
const threadsAtOnce = 1_000

export const createConfirmMessages = (context: RelayContext, hotel: HotelConnection): ConfirmMessages => {
  const { store, log } = context
  const { mews, gate } = hotel
  const reader = createHotelReader(mews, store.threads)
  const apply = createApply(context)

  const list = async (parts: readonly Delivery[], targets: readonly string[], signal: AbortSignal) => {
    const interval = intervalSince(Math.min(...parts.map(({ startedAt }) => startedAt)), mews.clock)
    const listed = await reader.listMessages(targets, interval, { kind: 'send', signal })
    if (listed.answered) gate.succeeded('messages/getAll')
    // One thread alone may be at fault itself; the looks for replies tell whether it is the property.
    else if (listed.error !== undefined && targets.length - listed.unknown.size > 1)
      holdBack(hotel, listed.error)
    return listed
  }

  return async (plans, signal) => {
    const unasked = new Map<Run, MewsError>()
    const unsure = plans.flatMap(unsureParts)
    if (unsure.length === 0) return { plans: [], unasked }
    const targets = [...new Set(unsure.map(({ target }) => target))].slice(0, threadsAtOnce)
    const asked = new Set(targets)
    const isAsked = ({ target }: Delivery): boolean => asked.has(target)
    const askedAt = mews.clock.now()
    const listed = await list(unsure, targets, signal)
    const recorded = await store.log.nativeIds(targets, 0)
    // An earlier look found these; they are recorded once all of their plan is settled.
    const found = new Set(plans.flatMap(({ parts }) => parts.map(({ nativeId }) => nativeId)))
    const isKnown = (id: string): boolean => recorded.has(id) || found.has(id)
    const ours = listed.messages.filter(({ id, sender }) => sender === 'Application' && !isKnown(id))
    const pairs = matchParts(unsure.filter(isAsked), ours, (part) => earliestMatch(part, mews.clock))
    if (pairs.size > 0) gate.succeeded('messages/add')

    const confirmed = plans.map((plan) => {
      const parts = unsureParts(plan).filter(isAsked)
      const applied = apply(plan, parts, { ...listed, pairs, askedAt })
      if (applied.refusal !== undefined) unasked.set(plan.run, applied.refusal)
      const paired = parts.filter((part) => pairs.has(part)).length
      log.info({ lane: plan.run.lane, asked: parts.length, found: paired }, 'unknown outcomes looked up')
      return applied.plan
    })
    return { plans: confirmed, unasked }
  }
}

/**
 * Pairs parts with the messages they became: by their words, each message once, so that two equal texts stay two. No message counts that
 * is older than the attempt. Their order does not count: what was sent together need not stand in the order of its positions.
 */
export const matchParts = (
  parts: readonly Delivery[],
  messages: readonly MewsMessage[],
  earliest: (part: Delivery) => number,
): ReadonlyMap<Delivery, MewsMessage> => {
  const left = Map.groupBy(messages, ({ threadId, text }) => wordsIn(threadId, text))
  const pairs = new Map<Delivery, MewsMessage>()
  for (const part of parts) {
    const same = left.get(wordsIn(part.target, part.text)) ?? []
    const at = same.findIndex(({ createdAt }) => createdAt >= earliest(part))
    const [message] = at < 0 ? [] : same.splice(at, 1)
    if (message !== undefined) pairs.set(part, message)
  }
  return pairs
}

/** What Mews answered, and the messages that parts became. */
interface Answer extends Listed {
  readonly pairs: ReadonlyMap<Delivery, MewsMessage>
  readonly askedAt: number
}

/** Puts what Mews answered of some parts into their plan. */
const createApply = ({ times, clock }: RelayContext) => {
  const readyAt = ({ at }: Delivery, askedAt: number): number =>
    clock.monotonic() + at + times.confirmMs - askedAt

  return (
    plan: Plan,
    parts: readonly Delivery[],
    { pairs, refused, unclear, unknown, error, askedAt }: Answer,
  ): { readonly plan: Plan; readonly refusal?: MewsError | undefined } => {
    const learned: Delivery[] = []
    const { notBefore = 0 } = plan
    const readyTimes: number[] = []
    let refusal: MewsError | undefined
    for (const part of parts) {
      const { target } = part
      const message = pairs.get(part)
      const isRefused = refused.has(target) || unclear.has(target)
      if (message !== undefined) learned.push({ ...part, state: 'sent', nativeId: message.id, at: askedAt })
      else if (isRefused && error !== undefined) refusal = error
      else if (askedAt >= part.at + times.confirmMs) {
        // It may stand in a thread that was Mews's and is not any more.
        const possiblyTwice = part.possiblyTwice || unknown.has(target)
        learned.push({ ...part, state: 'waiting', possiblyTwice })
      } else {
        // A wrong clock may have recorded it as later than now.
        const waiting = { ...part, at: Math.min(part.at, askedAt) }
        if (waiting.at < part.at) learned.push(waiting)
        readyTimes.push(readyAt(waiting, askedAt))
      }
    }
    const found = parts.flatMap((part) => {
      const message = pairs.get(part)
      return message === undefined ? [] : [{ pos: part.pos, at: message.createdAt }]
    })
    const now = withReached(withParts(plan, learned), found)
    if (readyTimes.length === 0) return { plan: now, refusal }
    return { plan: { ...now, notBefore: Math.max(notBefore, ...readyTimes) }, refusal }
  }
}

/** Equal for the same words in the same thread. */
const wordsIn = (threadId: string, text: string): string =>
  `${threadId} ${text.replaceAll(/\s+/g, ' ').trim()}`
