import type { RemoteClock } from '../../port.ts'
import type { Delivery } from '../../store/lanes/types.ts'
import { putBackReason, type RestoredSpan } from '../../store/restored.ts'
import { intervalSince } from '../property/list.ts'

/**
 * Since when something may have been sent by the process whose records are lost: it was written before the backup was put back.
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

/** How far a platform's clock may be ahead of Mews's. */
const aheadMs = 60_000

/** The same where the platform cannot be asked: then doubt only marks the message for people, and a wrong mark sends them looking for nothing. */
const blindAheadMs = 5_000

/** When something was recorded here, and when it was written by its platform's clock; undefined where no platform wrote it. */
interface Moment {
  readonly recordedAt: number
  readonly writtenAt: number | undefined
}

/** What tells of something that a platform wrote whether the process whose records are lost knew of it. */
export interface WrittenSince {
  readonly span: RestoredSpan | undefined
  readonly mewsClock: RemoteClock
  /** The clock of the platform; undefined where it has none. */
  readonly platformClock: RemoteClock | undefined
}

/** When something was written, by Mews's clock; undefined where one of the clocks is not known. */
export const writtenInMewsTime = (
  writtenAt: number | undefined,
  { mewsClock, platformClock }: WrittenSince,
): number | undefined =>
  writtenAt === undefined || platformClock?.skewMs() === undefined || mewsClock.skewMs() === undefined
    ? undefined
    : writtenAt + mewsClock.now() - platformClock.now()

/** How exactly a platform's time is known in Mews's: its clock and Mews's to a second each, and Mews cuts its times to seconds. */
const exactMs = 3_000

/** Parts whose outcome is unknown from the beginning: they are looked up before they are sent. */
export const doubt = (parts: readonly Delivery[], { since, until }: RestoredSpan): readonly Delivery[] => {
  const unknown = { state: 'sending', startedAt: since, reason: lostRecordReason } as const
  // Where the other side's clock is behind ours, it is not waited for.
  return parts.map((part) => ({ ...part, ...unknown, at: Math.min(until, part.at) }))
}

/**
 * The same for a turn, which nothing in Mews is that is older than the turn: the guest may have said the same before, and the records of
 * that are lost.
 */
export const doubtTurn = (
  parts: readonly Delivery[],
  span: RestoredSpan,
  { writtenAt, mewsClock }: { readonly writtenAt: number | undefined; readonly mewsClock: RemoteClock },
): readonly Delivery[] =>
  doubt(parts, {
    ...span,
    since: writtenAt === undefined ? inexactly(span.since, mewsClock) : writtenAt - exactMs,
  })

/** Where the platform's clock is not known, it is taken to be right. */
const inexactly = (since: number, mewsClock: RemoteClock): number =>
  mewsClock.skewMs() === undefined ? intervalSince(since, mewsClock).start : since - aheadMs

/** From when on a message in Mews may be a part whose outcome is unknown. */
export const earliestMatch = ({ startedAt, reason }: Delivery, mewsClock: RemoteClock): number =>
  reason === lostRecordReason ? startedAt : intervalSince(startedAt, mewsClock).start

const lostRecordReason = `${putBackReason}: it may have been sent before.`
