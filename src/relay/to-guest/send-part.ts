import pRetry from 'p-retry'
import type { Adapter, FaultKind, Outcome, Part } from '../../port.ts'
import type { Delivery } from '../../store/lanes/types.ts'
import type { RelayContext } from '../context.ts'
import { pauseAfter } from '../../util/retry-after.ts'

/** The result of one attempt for a part, and when to make another one. */
export type PartResult =
  | { readonly next: 'done'; readonly delivery: Delivery }
  | {
      readonly next: 'failed'
      readonly delivery: Delivery
      readonly reason: string
      readonly kind: FaultKind | undefined
    }
  | {
      readonly next: 'later'
      readonly delivery: Delivery
      readonly reason: string
      readonly kind?: FaultKind
      /** Not before; left out: by the lane's own backoff. */
      readonly afterMs?: number
      readonly countAttempt: boolean
    }

const mayAppear = 'It may still appear.'

const othersFirst = 'Others are being sent there.'

/**
 * Brings one part to the guest. A part whose outcome is unknown is looked up first; where the platform cannot be asked
 * it is sent again, marked as possibly there twice. Undefined when the lane is no longer ours.
 */
export const sendPart = async (
  delivery: Delivery,
  to: Omit<Part, 'text'>,
  sender: PartSender,
  signal: AbortSignal,
): Promise<PartResult | undefined> => {
  const { adapter, context, intend } = sender
  const clock = adapter.clock ?? context.clock
  await adapter.clock?.learn(signal)
  const part: Part = { ...to, text: delivery.text }
  const looked =
    delivery.state === 'sending' ? await lookUp(delivery, part, sender, signal) : { again: delivery }
  if ('result' in looked) return looked.result
  const { possiblyTwice, startedAt } = looked.again
  const beginsInMs = (await adapter.mayBegin?.(part, signal)) ?? 0
  if (beginsInMs > 0) {
    // What was looked up and is absent is certain not to be there.
    const state = possiblyTwice ? 'sending' : 'waiting'
    return later({ ...looked.again, state, reason: othersFirst }, othersFirst, beginsInMs)
  }
  const at = clock.now()
  // A part that may be there already may have been read and answered since the first attempt.
  const sending = {
    ...looked.again,
    state: 'sending',
    startedAt: possiblyTwice ? startedAt : at,
    reason: null,
    at,
  } as const
  if (!(await intend(sending))) return undefined
  const outcome = await attempt(() => adapter.send(part, signal), context, signal)
  return toResult(sending, outcome, clock.now())
}

/** A failure that certainly sent nothing and may pass within a moment. */
class PassingFailure extends Error {
  override readonly name = 'PassingFailure'
  readonly outcome: Outcome

  constructor(outcome: Outcome) {
    super('not sent')
    this.outcome = outcome
  }
}

/** Attempts inside one delivery; what does not pass by then waits in the lane. */
const quickAttempts = 3

const quickPause = { firstMs: 200, maxMs: 400 } as const

const stopping: Outcome = { outcome: 'retry', reason: 'The connector is stopping.' }

/**
 * Makes an attempt, and at once another where nothing was sent and the other side did not say how long to wait. Every
 * other outcome, the unknown one above all, is handed back as it is. An attempt that has begun is always waited for: when
 * the signal aborts, only `send` itself knows what became of it.
 */
export async function attempt(
  send: () => Promise<Outcome>,
  { clock, random }: Pick<RelayContext, 'clock' | 'random'>,
  signal: AbortSignal,
): Promise<Outcome> {
  const once = async (): Promise<Outcome> => {
    if (signal.aborted) return stopping
    const outcome = await send()
    if (outcome.outcome === 'retry' && outcome.afterMs === undefined) throw new PassingFailure(outcome)
    return outcome
  }
  try {
    return await pRetry(once, {
      retries: quickAttempts - 1,
      // The pause is ours, so that it goes by the injected clock and ends when the signal aborts.
      minTimeout: 0,
      onFailedAttempt: ({ attemptNumber, retriesLeft }) =>
        retriesLeft === 0
          ? undefined
          : clock.sleep(pauseAfter(attemptNumber - 1, { ...quickPause, random }), signal),
    })
  } catch (error) {
    if (error instanceof PassingFailure) return error.outcome
    throw error
  }
}

interface PartSender {
  readonly adapter: Adapter
  readonly context: Pick<RelayContext, 'clock' | 'random' | 'times' | 'log'>
  /** Records the intent; false when the lane is no longer ours. */
  readonly intend: (delivery: Delivery) => Promise<boolean>
}

/** Looks a part up whose outcome is unknown; the part to send again, or what is known of it. */
const lookUp = async (
  delivery: Delivery,
  part: Part,
  { adapter, context: { clock, times } }: PartSender,
  signal: AbortSignal,
): Promise<{ readonly again: Delivery } | { readonly result: PartResult }> => {
  const confirmation = (await adapter.confirm?.(part, delivery.startedAt, signal)) ?? {
    outcome: 'cannot tell',
    reason: '',
  }
  // An intent without a reason is from a process that was interrupted: it may have been sending until just now.
  const now = (adapter.clock ?? clock).now()
  // A wrong clock may have recorded it as later than now.
  const at = delivery.reason === null ? now : Math.min(delivery.at, now)
  const certainAt = at + times.confirmMs
  switch (confirmation.outcome) {
    case 'sent':
      return { result: sent(delivery, confirmation.id, now) }
    case 'absent':
      return now < certainAt
        ? { result: later({ ...delivery, reason: mayAppear, at }, mayAppear, certainAt - now) }
        : { again: delivery }
    case 'cannot tell':
      return confirmation.afterMs === undefined
        ? { again: { ...delivery, possiblyTwice: true } }
        : {
            result: later(
              // From now on no earlier process can be sending it.
              { ...delivery, reason: confirmation.reason, at },
              confirmation.reason,
              confirmation.afterMs,
            ),
          }
    default:
      return confirmation satisfies never
  }
}

const sent = (delivery: Delivery, id: string | undefined, at: number): PartResult => ({
  next: 'done',
  delivery: { ...delivery, state: 'sent', nativeId: id ?? null, reason: null, at },
})

const later = (delivery: Delivery, reason: string, afterMs: number | undefined): PartResult =>
  afterMs === undefined
    ? { next: 'later', delivery, reason, countAttempt: true }
    : { next: 'later', delivery, reason, afterMs, countAttempt: false }

/** Translates an attempt's outcome. A part that may be there already stays unsure even when the last attempt sent nothing. */
const toResult = (delivery: Delivery, outcome: Outcome, at: number): PartResult => {
  if (outcome.outcome === 'sent') return sent(delivery, outcome.id, at)
  const { reason } = outcome
  if (outcome.outcome === 'unknown') return later({ ...delivery, reason, at }, reason, undefined)
  const state = delivery.possiblyTwice ? 'sending' : 'waiting'
  if (outcome.outcome === 'rejected')
    return {
      next: 'failed',
      delivery: { ...delivery, state, reason, at },
      reason,
      kind: outcome.kind,
    }
  const { afterMs, kind } = outcome
  return {
    ...later({ ...delivery, state, reason, at }, reason, afterMs),
    ...(kind === undefined ? {} : { kind }),
  }
}
