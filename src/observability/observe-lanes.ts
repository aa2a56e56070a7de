import type { LaneLog, Placed, Refused, Run, Settlement } from '../store/types.ts'

/** Whoever wants to know what happens in a lane log. */
export interface LaneLogObserver {
  /** New entries stand in their lanes. */
  readonly placed?: (entries: readonly Placed[]) => void
  /** Entries were refused by the database, and put aside. */
  readonly refused?: (entries: readonly Refused[]) => void
  /** Runs of one group were handed out. */
  readonly claimed?: (group: string, runs: readonly Run[]) => void
  /** A settlement counted; `run`: what was held of the lane, without what was done before. */
  readonly settled?: (settlement: Settlement, run: Run | undefined) => void
}

/** The same lane log; observers are told after it has happened. */
export const observeLaneLog = (laneLog: LaneLog, observers: readonly LaneLogObserver[]): LaneLog => {
  const held = new Map<string, Run>()

  /** Before the news of a settlement arrives, the lane may have been claimed again. */
  const drop = ({ lane, token }: Pick<Run, 'lane' | 'token'>): void => {
    if (held.get(lane)?.token === token) held.delete(lane)
  }

  const tellSettled = (settlement: Settlement, run: Run | undefined): void => {
    for (const observer of observers) observer.settled?.(settlement, run)
    const { lane, doneThrough, fate } = settlement
    if (run !== undefined && doneThrough !== undefined && held.get(lane) === run)
      held.set(lane, { ...run, entries: run.entries.filter(({ pos }) => pos > doneThrough) })
    if (fate.next !== 'hold') drop(settlement)
  }

  laneLog.onPlaced((placed) => {
    for (const observer of observers) observer.placed?.(placed)
  })
  laneLog.onRefused((refused) => {
    for (const observer of observers) observer.refused?.(refused)
  })

  return {
    ...laneLog,
    claim: async (query) => {
      const runs = await laneLog.claim(query)
      for (const run of runs) held.set(run.lane, run)
      for (const observer of observers) observer.claimed?.(query.group, runs)
      return runs
    },
    release: async (runs) => {
      await laneLog.release(runs)
      for (const run of runs) drop(run)
    },
    settle: async (settlement) => {
      const run = held.get(settlement.lane)
      const ours = await laneLog.settle(settlement)
      if (ours) tellSettled(settlement, run)
      else drop(settlement)
      return ours
    },
  }
}
