import type { LaneLog } from '../types.ts'

/** As many as one commit takes. */
export const placedAtOnce = 1_000

/** Places everything that was recorded before; what is recorded meanwhile keeps nobody. */
export const placeAll = async (log: Pick<LaneLog, 'place'>): Promise<void> => {
  while ((await log.place(placedAtOnce)) >= placedAtOnce);
}
