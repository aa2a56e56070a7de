import type { Log } from '../port.ts'
import type { LaneLogObserver } from './observe-lanes.ts'
import type { Run, Settlement } from '../store/types.ts'
import { traceOf } from '../util/trace.ts'

/** Announcements are hints, no messages. */
const isMessage = ({ lane }: { readonly lane: string }): boolean => !lane.startsWith('hook:')

/** Writes one line for whatever was recorded or put aside, and for every part that has arrived or ended as failed. */
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
    placed: (entries) => {
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
