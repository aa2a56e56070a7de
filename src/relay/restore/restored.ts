import type { MewsThread } from '../../mews/wire.ts'
import type { Clock, RemoteClock } from '../../port.ts'
import type { Figures } from '../../store/admin/types.ts'
import { readRestored, restoredMark, type RestoredSpan } from '../../store/restored.ts'
import type { Marks, Threads } from '../../store/types.ts'
import { countOf } from '../../util/text.ts'

/** Tells whether a backup was put back, and when. */
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

/** How far Mews may be from what the machine took for the time of the backup. */
const clockToleranceMs = 26 * 60 * 60_000

/** The span for look-ups in Mews. Messages that are known from before the backup are never taken for ones that were sent since. */
export const inMewsTime = (span: RestoredSpan | undefined): RestoredSpan | undefined =>
  span === undefined ? undefined : { ...span, since: span.since - clockToleranceMs }

/** When the backup was put back, by Mews's clock as far as it is known. */
export const untilInMewsTime = (
  { until, certain }: RestoredSpan,
  mewsClock: Pick<Clock, 'now'>,
  clock: Pick<Clock, 'now'>,
): number => (certain === true ? until : until + mewsClock.now() - clock.now())

/** How far the connector has got with a backup that was put back. */
export interface RestoreProgress extends RestoredSpan {
  /** Parts that wait until it is known whether they were sent. */
  readonly unsure: number
  /** Threads in Mews whose guests are not known until they write again. */
  readonly unclaimed: number
  /** Properties whose threads that were opened since are not listed yet, or not for long enough. */
  readonly pending: readonly string[]
}

/** The parts of the store from which progress is read. */
export interface RestoreSources {
  readonly marks: Marks
  readonly figures: Pick<Figures, 'unsure'>
  readonly threads: Pick<Threads, 'byId'>
}

/** How long it is shown although everything is resolved. */
const toldMs = 7 * 24 * 60 * 60_000

/** The mark of the time up to which a property is done with. */
export const restoredUntilMark = (property: string): string => `restored:${property}`

/** Notes that a property is done with a backup, and the threads whose guests are not known. */
export const noteDone = async (
  property: string,
  { until, unclaimed }: { readonly until: string; readonly unclaimed: readonly Pick<MewsThread, 'id'>[] },
  marks: Marks,
): Promise<void> => {
  await marks.set(unclaimedMark(property), JSON.stringify(unclaimed.map(({ id }) => id)))
  await marks.set(restoredUntilMark(property), until)
}

/** Undefined where no backup was put back, or long ago with nothing left to resolve. */
export const readRestoreProgress = async (
  properties: readonly string[],
  { marks, figures, threads }: RestoreSources,
  now: number,
): Promise<RestoreProgress | undefined> => {
  const span = await readRestored(marks)
  if (span === undefined) return undefined
  const pending: string[] = []
  const named: string[] = []
  for (const property of properties) {
    if ((await marks.get(restoredUntilMark(property))) !== String(span.until)) pending.push(property)
    named.push(...(JSON.parse((await marks.get(unclaimedMark(property))) ?? '[]') as string[]))
  }
  const known = new Set((await threads.byId(named)).map(({ threadId }) => threadId))
  const unclaimed = named.filter((id) => !known.has(id)).length
  const unsure = await figures.unsure()
  const isOver = unsure === 0 && pending.length === 0
  return isOver && now > span.until + toldMs ? undefined : { ...span, unsure, unclaimed, pending }
}

/** For those who run the connector. */
export const explainRestore = ({ since, until, unsure, unclaimed, pending }: RestoreProgress): string => {
  const left = [
    unsure > 0 && `${countOf(unsure, 'message')} to look up before it is known whether they were sent`,
    pending.length > 0 && `threads that were opened meanwhile are being matched (${pending.join(', ')})`,
    unclaimed > 0 &&
      `${countOf(unclaimed, 'thread')} whose guest is not known until they write again: the staff were told in the thread`,
  ].filter((each) => each !== false)
  const span = `A backup of ${time(since)} was put back at ${time(until)}.`
  return left.length === 0 ? `${span} Everything is resolved.` : `${span} Left: ${left.join('; ')}.`
}

const unclaimedMark = (property: string): string => `unclaimed:${property}`

const time = (at: number): string => new Date(at).toISOString()
