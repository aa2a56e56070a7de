import type { Marks } from './types.ts'

/** In a copy: when it was made. */
export const stampMark = 'backup'

/** The span of time in which other records than these were made. */
export const restoredMark = 'restored'

/** The beginning of the reason of parts that are doubtful since a restore. */
export const putBackReason = 'A backup was put back'

/** The time from making a backup to putting it back, whose records are lost; milliseconds since 1970. */
export interface RestoredSpan {
  readonly since: number
  readonly until: number
  /** Whether `until` is by Mews's clock. Before Mews has been asked it is by the machine's, which may have been wrong. */
  readonly certain?: boolean
}

/** Stamps a copy of a database, so that the first start on it looks up what waits in it or was written since. */
export const stampBackup = async (marks: Marks, at: number): Promise<void> => {
  const before = Number((await marks.get(stampMark)) ?? at)
  await marks.set(stampMark, String(Math.min(before, at)))
}

/** Undefined where no backup was put back. */
export const readRestored = async (marks: Marks): Promise<RestoredSpan | undefined> =>
  parseRestored(await marks.get(restoredMark))

/** The span as it stands in its mark. */
export const parseRestored = (mark: string | undefined): RestoredSpan | undefined =>
  mark === undefined ? undefined : (JSON.parse(mark) as RestoredSpan)
