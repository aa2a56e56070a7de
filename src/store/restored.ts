import type { Marks } from './types.ts'

/** In a copy: when it was made. */
export const stampMark = 'backup'
/** Between which times other records than these were made. */
export const restoredMark = 'restored'

/** How reasons begin of what is doubtful since then. */
export const putBackReason = 'A backup was put back'

/** From when a backup was made until it was put back others wrote records that are lost; milliseconds since 1970. */
export interface RestoredSpan {
  readonly since: number
  readonly until: number
  /** Whether `until` is by Mews's clock. Before Mews has been asked it is by the machine's, which may have been wrong. */
  readonly certain?: boolean
}

/** Stamps a copy of a database: the first start on it takes nothing for certain that waits in it or was written since then. */
export const stampBackup = async (marks: Marks, at: number): Promise<void> => {
  const before = Number((await marks.get(stampMark)) ?? at)
  await marks.set(stampMark, String(Math.min(before, at)))
}

/** Undefined where no backup was put back. */
export const readRestored = async (marks: Marks): Promise<RestoredSpan | undefined> =>
  parseRestored(await marks.get(restoredMark))

export const parseRestored = (mark: string | undefined): RestoredSpan | undefined =>
  mark === undefined ? undefined : (JSON.parse(mark) as RestoredSpan)
