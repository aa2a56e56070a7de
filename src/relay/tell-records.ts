import { createHash } from 'node:crypto'
import type { Log } from '../port.ts'
import type { Entry, LaneLog, Run, Settlement } from '../store/types.ts'

/**
 * The name by which a message is followed through the log, from the platform's event to Mews and back: made of what was
 * recorded, so that every process and every restart finds the same, and says nothing of it.
 */
const traceOf = ({ lane, payload }: Pick<Entry, 'lane' | 'payload'>): string =>
  createHash('sha256').update(`${lane}\n${payload}`).digest('base64url').slice(0, 16)

/** Announcements are hints, no messages. */
const isMessage = ({ lane }: Pick<Entry, 'lane'>): boolean => !lane.startsWith('hook:')

/** The same lane log; one line for whatever was recorded, and for every part that has arrived or ended as failed. */
export const tellRecords = (laneLog: LaneLog, log: Log): LaneLog => {
  const held = new Map<string, Run>()

  /** Before the news of a settlement arrives, the lane may have been claimed again. */
  const drop = ({ lane, token }: Pick<Run, 'lane' | 'token'>): void => {
    if (held.get(lane)?.token === token) held.delete(lane)
  }

  const tellRecorded = (entries: readonly Entry[]): void => {
    for (const entry of entries.filter(isMessage)) {
      const { lane, kind, keys } = entry
      log.info({ trace: traceOf(entry), lane, kind, key: keys[0] }, 'message recorded')
    }
  }

  const tellSettled = (run: Run, { deliveries = [], doneThrough }: Settlement): void => {
    const { lane } = run
    for (const { pos, part, state, nativeId, reason, possiblyTwice } of deliveries) {
      const entry = run.entries.find((each) => each.pos === pos)
      const before = entry?.deliveries.find((each) => each.part === part)?.state
      if (entry === undefined || before === state || (state !== 'sent' && state !== 'failed')) continue
      const fields = { trace: traceOf({ lane, payload: entry.payload }), lane, pos, part }
      if (state === 'sent') log.info({ ...fields, id: nativeId, possiblyTwice }, 'message delivered')
      else log.error({ ...fields, reason }, 'message failed')
    }
    if (doneThrough === undefined || held.get(lane) !== run) return
    held.set(lane, { ...run, entries: run.entries.filter(({ pos }) => pos > doneThrough) })
  }

  return {
    ...laneLog,
    append: async (entries) => {
      const fresh = await laneLog.append(entries)
      tellRecorded(entries.filter((_, index) => fresh[index]))
      return fresh
    },
    claim: async (query) => {
      const runs = await laneLog.claim(query)
      for (const run of runs) if (isMessage(run)) held.set(run.lane, run)
      return runs
    },
    release: async (runs) => {
      await laneLog.release(runs)
      for (const run of runs) drop(run)
    },
    settle: async (settlement) => {
      const run = held.get(settlement.lane)
      const ours = await laneLog.settle(settlement)
      if (ours && run !== undefined) tellSettled(run, settlement)
      if (ours) tellRecorded(settlement.append ?? [])
      if (!ours || settlement.fate.next !== 'hold') drop(settlement)
      return ours
    },
  }
}
