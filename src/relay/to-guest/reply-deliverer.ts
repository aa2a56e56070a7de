import type { Adapter } from '../../port.ts'
import type { Delivery, NextStep, Run, Settlement, WaitChange } from '../../store/lanes/types.ts'
import { createWakeSignal } from '../../util/signal.ts'
import type { RelayContext } from '../context.ts'
import { replyAfterAll } from '../entries/after-all.ts'
import { toCloser } from '../from-hotel/resolutions.ts'
import { conversationOf, deliveryId, replyGroup, turnLane } from '../ids.ts'
import { pauseAfter } from '../../util/retry-after.ts'
import { postpone, tookAll } from '../lanes/held-lanes.ts'
import type { StaffReason } from '../texts.ts'
import { isExpired } from '../to-hotel/expire.ts'
import { repeat, type Shutdown, type Worker } from '../worker.ts'
import { createDraftEntry, createFailDraft, cutPart, type Draft, withPart } from './draft.ts'
import { type PartResult, sendPart } from './send-part.ts'

/** Where a platform cannot be asked, repeats that may be doubles become rare soon. */
const blindRetryMaxMs = 60 * 60_000

/** Brings a conversation's waiting replies and notices to its guest, in order; settles the lane unless the store fails. */
export type DeliverRun = (run: Run, shutdown: Shutdown) => Promise<void>

/** After a crash a reply may come before its conversation is bound again; that takes no longer because it was looked for in vain. */
const nowhere = { reason: 'It is not known where this conversation is.', afterMs: 2_000, countAttempt: false }

const conversationsAtOnce = 64

const entriesAtOnce = 20

const pollMs = 1_000

/** Carries replies and notices to one platform's guests: many conversations side by side, each in order. */
export const createReplyDeliverer = (context: RelayContext, adapter: Adapter): Worker => {
  const { store, leases, clock, log } = context
  const group = replyGroup(adapter.name)
  const deliverRun = createDeliverRun(context, adapter)
  const claimable = createWakeSignal(clock)
  const working = new Set<Promise<void>>()

  /** Works on one conversation; where its records cannot be read or written, it waits. */
  const work = async (run: Run, shutdown: Shutdown): Promise<void> => {
    try {
      await deliverRun(run, shutdown)
    } catch (error) {
      await postpone(run, error, context)
    }
    leases.drop(run)
    claimable.wake()
  }

  const claim = async (shutdown: Shutdown): Promise<void> => {
    const free = conversationsAtOnce - working.size
    const query = { group, limit: free, limitPerLane: entriesAtOnce, leaseMs: leases.leaseMs }
    const runs = free > 0 ? await store.log.claim(query) : []
    leases.hold(runs)
    for (const run of runs) {
      const task = work(run, shutdown)
      working.add(task)
      void task.then(() => working.delete(task))
    }
    if (tookAll(runs, free)) await claimable.wait(pollMs, shutdown.draining)
  }

  return {
    run: async (shutdown) => {
      const unsubscribe = store.log.onReady((ready) => {
        if (ready === group) claimable.wake()
      })
      await repeat('reply deliverer', () => claim(shutdown), { clock, log }, shutdown.draining)
      await Promise.all(working)
      unsubscribe()
    },
  }
}

const createDeliverRun = (context: RelayContext, adapter: Adapter): DeliverRun => {
  const { bindings, restored, store, clock, log } = context
  const closer = toCloser(adapter)
  const draftEntry = createDraftEntry(context, adapter)
  const failDraft = createFailDraft(context, adapter)
  const sendParts = createSendParts(context)
  const nextTry = createNextTry(context)

  /** Delivers one draft; false when the lane is settled or lost, so that nothing more is to be done with it. */
  const deliver = async (draft: Draft, nextStep: NextStep, signal: AbortSignal): Promise<boolean> => {
    const { lane } = draft.run
    const { pos, kind } = draft.entry
    const carrier = kind === 'resolution' ? closer : adapter
    const fail = (before: Draft, reason: string, why: StaffReason): Promise<boolean> => {
      const { failed, notices } = failDraft(before, reason, why)
      return settle(failed, context, { append: notices, doneThrough: pos, nextStep })
    }

    if (draft.isLost) return fail(draft, nowhere.reason, 'guest unknown')
    const tried = await sendParts(draft, carrier, signal)
    if (tried === undefined) return false
    const { draft: now, result } = tried
    if (result?.next === 'failed') return fail(now, result.reason, result.kind ?? 'other')
    if (result?.next === 'later') {
      if (isExpired(now.run, now.entry, context) && !signal.aborted)
        return fail(now, result.reason, result.kind ?? 'away')
      log.warn({ lane, pos, reason: result.reason }, 'reply waits')
      await settle(now, context, { nextStep: nextTry(now, result, carrier, signal) })
      return false
    }
    const nativeIds = now.parts.map(({ nativeId }) => nativeId)
    log.debug({ lane, pos, nativeIds }, 'reply delivered')
    // At the first try the staff were not told of a failure.
    const isRetry = now.entry.retryOf !== undefined
    const append = isRetry ? await replyAfterAll(now, adapter.label, context) : []
    const waits = await waitsAnswered(now, context)
    return settle(now, context, { append, waits, doneThrough: pos, nextStep })
  }

  /** Ends a resolution that is not to be carried out; what was tried already keeps a record that says why. */
  const leaveOpen = (draft: Draft, reason: string): Draft => {
    const { run, entry } = draft
    log.info({ lane: run.lane, pos: entry.pos, reason }, 'stays open')
    const ended = { state: 'sent', reason, at: clock.now() } as const
    return { ...draft, parts: entry.deliveries.map((part) => ({ ...part, ...ended })) }
  }

  return async (run, { draining, aborted }) => {
    const conversation = conversationOf(run.lane)
    const found = await bindings.find(conversation)
    const lost = found === undefined ? await store.threads.lastBound(conversation) : undefined
    // It may have been bound between the two looks, and a binding is written before it is noted in the records.
    const binding = lost === undefined ? found : await bindings.find(conversation)
    const span = await restored.span()
    for (const [index, entry] of run.entries.entries()) {
      const last = index === run.entries.length - 1 || draining.aborted
      const draft = draftEntry(index === 0 ? run : anew(run), entry, { binding, lost, span })
      const over = await whyOver(draft, adapter, store)
      const nextStep = { next: last ? 'release' : 'hold' } as const
      const goesOn = await deliver(over === undefined ? draft : leaveOpen(draft, over), nextStep, aborted)
      if (!goesOn || last) return
    }
  }
}

const settle = (
  { run, parts }: Draft,
  { store }: RelayContext,
  rest: Omit<Settlement, 'lane' | 'token' | 'deliveries'>,
): Promise<boolean> => store.log.settle({ lane: run.lane, token: run.token, deliveries: parts, ...rest })

/** The draft after an attempt, and what keeps it from being done; undefined where all of it has arrived. */
interface Tried {
  readonly draft: Draft
  readonly result: Exclude<PartResult, { readonly next: 'done' }> | undefined
}

/** Delivers a draft's parts up to the first that does not arrive; undefined when the lane is no longer ours. */
const createSendParts =
  (context: RelayContext) =>
  async (given: Draft, adapter: Adapter, signal: AbortSignal): Promise<Tried | undefined> => {
    const { run, name, address } = given
    let draft = given
    const record = (delivery: Delivery): Promise<boolean> => {
      draft = withPart(draft, delivery)
      return settle(draft, context, { nextStep: { next: 'hold' } })
    }
    for (;;) {
      const part = draft.parts.find(({ state }) => state !== 'sent')
      if (part === undefined) return { draft, result: undefined }
      if (address === undefined) return { draft, result: { next: 'later', delivery: part, ...nowhere } }
      const id = deliveryId(run.lane, name, part.part)
      const choices = part.part === draft.parts.length - 1 ? draft.choices : undefined
      const to = { deliveryId: id, address, ...(choices === undefined ? {} : { choices }) }
      const result = await sendPart(part, to, { adapter, context, intend: record }, signal)
      if (result === undefined) return undefined
      draft = withPart(draft, result.delivery)
      if (result.next === 'done') {
        // The look-up of the next part must know which message this one has become.
        const isLookedUp = draft.parts[part.part + 1]?.state === 'sending'
        if (isLookedUp && !(await record(result.delivery))) return undefined
        continue
      }
      const tooLong = result.next === 'failed' && result.kind === 'too long'
      const cut = tooLong ? cutPart(draft, result.delivery) : undefined
      if (cut === undefined) return { draft, result }
      draft = cut
    }
  }

/** Decides when a lane whose delivery has to wait is tried again. */
const createNextTry =
  ({ clock, times, random }: RelayContext) =>
  (
    { run }: Draft,
    { reason, delivery, afterMs, countAttempt }: PartResult & { next: 'later' },
    adapter: Adapter,
    signal: AbortSignal,
  ): NextStep => {
    const blind = delivery.state === 'sending' && adapter.confirm === undefined
    const backoff = { firstMs: times.retryMs, maxMs: blind ? blindRetryMaxMs : times.retryMaxMs, random }
    // An attempt that the shutdown broke off did not fail: the next process goes on at once.
    const pause = afterMs ?? (signal.aborted ? 0 : pauseAfter(run.attempts, backoff))
    // A pause may have fractions of a millisecond; times in the database are whole.
    const at = Math.ceil(clock.now() + pause)
    return { next: 'retry', at, reason, countAttempt: countAttempt && !signal.aborted }
  }

/** Attempts and the time they have failed belong to one entry: what stands behind it begins anew, in the records too. */
const anew = (run: Run): Run => ({ ...run, attempts: 0, failingSince: null })

/** For whom a reply of the staff, which has arrived, ends the wait. */
async function waitsAnswered(
  { run, property, reply }: Draft,
  { store }: RelayContext,
): Promise<readonly WaitChange[]> {
  if (reply === undefined || property === undefined) return []
  const { threadId: thread, createdAt: answeredAt } = reply
  const wait = await store.waits.of(thread)
  const waits = wait !== undefined && wait.since !== null && wait.since <= answeredAt
  const waited = waits ? { waited: { since: wait.since, isFirst: !wait.isReplied } } : {}
  return [{ thread, conversation: conversationOf(run.lane), property, answeredAt, ...waited }]
}

/** Why a resolution is not to be carried out any more; undefined where it is. An operator who tries it again records it anew. */
async function whyOver(
  { run, entry }: Draft,
  adapter: Adapter,
  store: RelayContext['store'],
): Promise<string | undefined> {
  if (entry.kind !== 'resolution') return undefined
  if (adapter.resolved === undefined) return 'closing was switched off'
  const { lane } = run
  const turns = turnLane(conversationOf(lane))
  const guest = (await store.log.states([turns])).get(turns)
  if ((guest?.lastAt ?? 0) > entry.at) return 'the guest has written since'
  if ((guest?.waiting ?? 0) > 0) return 'the hotel does not have everything yet that the guest wrote'
  if (run.entries.some(({ kind, pos }) => kind === 'reply' && pos > entry.pos)) return 'a reply waits'
  if (await store.log.lastHasFailed({ lane, kind: 'reply', before: entry.pos }))
    return 'the last reply has failed'
  return undefined
}
