import type { Clock, RemoteClock } from '../../port.ts'
import { putBackReason, readRestored, restoredMark, type RestoredSpan } from '../../store/restored.ts'
import type { Delivery, Marks } from '../../store/types.ts'

/** What is known of a backup that was put back. */
export interface Restored {
  /** From when until when others may have sent what is not recorded here; undefined where no backup was put back. */
  span(): Promise<RestoredSpan | undefined>
  /**
   * Takes the present, by Mews's clock, for the time when the backup was put back: before anything new is found or sent, once. As
   * long as that clock is not known, it stays uncertain.
   */
  settle(mewsClock: RemoteClock): Promise<RestoredSpan | undefined>
}

/** Reads it once it does not change any more: a backup is taken up before anything works on the database. */
export const createRestored = (marks: Marks): Restored => {
  let known: { readonly span: RestoredSpan | undefined } | undefined
  let settling: Promise<RestoredSpan | undefined> | undefined

  const span = async (): Promise<RestoredSpan | undefined> => {
    if (known !== undefined) return known.span
    const read = await readRestored(marks)
    if (read === undefined || read.certain === true) known = { span: read }
    return read
  }

  const settle = async (mewsClock: RemoteClock): Promise<RestoredSpan | undefined> => {
    const read = await span()
    if (read === undefined || read.certain === true || mewsClock.skewMs() === undefined) return read
    const settled = { ...read, until: mewsClock.now(), certain: true }
    await marks.set(restoredMark, JSON.stringify(settled))
    known = { span: settled }
    return settled
  }

  return {
    span,
    settle: (mewsClock) => (settling ??= settle(mewsClock).finally(() => void (settling = undefined))),
  }
}

/** When something was recorded here, and when it was written by its platform's clock; undefined where no platform wrote it. */
interface Moment {
  readonly recordedAt: number
  readonly writtenAt: number | undefined
}

/** How far a platform's clock may be ahead of Mews's. */
const aheadMs = 60_000
/** The same where nobody can be asked: then all that doubt does is a mark for people, and a wrong one tells them to look for nothing. */
const blindAheadMs = 5_000

/**
 * Since when something new may have been sent by whoever wrote the lost records: where it was written before the backup was put back.
 * Undefined where it certainly was not. This machine's clock, which may be wrong, decides only where no platform wrote it. `canAsk`: whether
 * its receiver can be asked what became of it.
 */
export const doubtfulSince = (
  { recordedAt, writtenAt }: Moment,
  span: RestoredSpan | undefined,
  canAsk = true,
): RestoredSpan | undefined => {
  if (span === undefined) return undefined
  const isOld =
    writtenAt === undefined
      ? recordedAt <= span.until
      : span.certain !== true || writtenAt <= span.until + (canAsk ? aheadMs : blindAheadMs)
  return isOld ? { ...span, since: writtenAt ?? Math.max(span.since, recordedAt) } : undefined
}

/** How far Mews may be from what the machine took for the time of the backup. */
const clockToleranceMs = 26 * 60 * 60_000

/** The span for what is looked up in Mews: what is known of before the backup is never taken for what was sent since. */
export const inMewsTime = (span: RestoredSpan | undefined): RestoredSpan | undefined =>
  span === undefined ? undefined : { ...span, since: span.since - clockToleranceMs }

/** When the backup was put back, by Mews's clock as far as it is known. */
export const untilInMewsTime = (
  { until, certain }: RestoredSpan,
  mewsClock: Pick<Clock, 'now'>,
  clock: Pick<Clock, 'now'>,
): number => (certain === true ? until : until + mewsClock.now() - clock.now())

/** Parts of which the outcome is unknown from the beginning: they are looked up before they are sent. */
export const doubt = (parts: readonly Delivery[], { since, until }: RestoredSpan): readonly Delivery[] => {
  const reason = `${putBackReason}: it may have been sent before.`
  const unknown = { state: 'sending', startedAt: since, reason } as const
  // Where the other side's clock is behind ours, it is not waited for.
  return parts.map((part) => ({ ...part, ...unknown, at: Math.min(until, part.at) }))
}
