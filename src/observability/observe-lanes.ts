import type { Log } from '../port.ts'
import type { LaneLog, AppendedEntry, QuarantinedEntry, Run, Settlement } from '../store/lanes/types.ts'
import { traceOf } from '../store/spool/drain.ts'

/** An observer of a lane log. */
export interface LaneLogObserver {
  /** New entries were appended to their lanes. */
  readonly appended?: (entries: readonly AppendedEntry[]) => void
  /** The database refused entries, which are quarantined. */
  readonly refused?: (entries: readonly QuarantinedEntry[]) => void
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
    const { lane, doneThrough, nextStep } = settlement
    if (run !== undefined && doneThrough !== undefined && held.get(lane) === run)
      held.set(lane, { ...run, entries: run.entries.filter(({ pos }) => pos > doneThrough) })
    if (nextStep.next !== 'hold') drop(settlement)
  }

  laneLog.onAppended((appended) => {
    for (const observer of observers) observer.appended?.(appended)
  })
  laneLog.onQuarantined((refused) => {
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

/** Logs one line for each entry that was recorded or quarantined, and for each part that arrived or failed for good. */
export const tellRecords = (log: Log): LaneLogObserver => {
  const tellSettled = ({ deliveries = [] }: Settlement, { lane, entries }: Run): void => {
    const byPos = new Map(entries.map((entry) => [entry.pos, entry]))
    for (const { pos, part, state, nativeId, reason, possiblyTwice } of deliveries) {
      const entry = byPos.get(pos)
      const before = entry?.deliveries.find((each) => each.part === part)?.state
      if (entry === undefined || before === state || (state !== 'sent' && state !== 'failed')) continue
      const fields = { trace: traceOf({ lane, payload: entry.payload }), lane, pos, part }
      if (state === 'sent') log.info({ ...fields, id: nativeId, possiblyTwice }, 'message delivered')
      else log.error({ ...fields, reason }, 'message failed')
    }
  }

  return {
    appended: (entries) => {
      for (const { trace, lane, kind, key } of entries.filter(isMessage))
        log.info({ trace, lane, kind, key }, 'message recorded')
    },
    refused: (entries) => {
      for (const entry of entries) log.error({ ...entry }, 'event put aside')
    },
    settled: (settlement, run) => {
      if (run !== undefined && isMessage(run)) tellSettled(settlement, run)
    },
  }
}

/** Announcements are hints, no messages. */
const isMessage = ({ lane }: { readonly lane: string }): boolean => !lane.startsWith('hook:')
