import type { MewsThread } from '../../mews/wire.ts'
import type { Figures } from '../../store/admin/types.ts'
import { readRestored, type RestoredSpan } from '../../store/restored.ts'
import type { Marks, Threads } from '../../store/types.ts'
import { countOf } from '../../util/count.ts'

/** How far the connector has got with a backup that was put back. */
export interface RestoreProgress extends RestoredSpan {
  /** Parts that wait until it is known whether they were sent. */
  readonly unsure: number
  /** Threads in Mews whose guests are not known until they write again. */
  readonly unclaimed: number
  /** Properties of which it was not asked yet, or not for long enough, which threads were opened since. */
  readonly pending: readonly string[]
}

/** What it is read from. */
export interface RestoreBooks {
  readonly marks: Marks
  readonly figures: Pick<Figures, 'unsure'>
  readonly threads: Pick<Threads, 'byId'>
}

/** For so long it is told also where everything is resolved. */
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
  { marks, figures, threads }: RestoreBooks,
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

const time = (at: number): string => new Date(at).toISOString()

const unclaimedMark = (property: string): string => `unclaimed:${property}`
