import type { Clock, Log } from '../port.ts'
import type { LaneLog, Run } from '../store/types.ts'

type Held = Pick<Run, 'lane' | 'token'>

/** Keeps the leases of the lanes that this process works on. */
export interface Leases {
  readonly leaseMs: number
  hold(runs: readonly Held[]): void
  drop(lane: string): void
  /** Renews until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
}

export const createLeases = (options: {
  readonly laneLog: LaneLog
  readonly leaseMs: number
  readonly clock: Clock
  readonly log: Log
}): Leases => {
  const { laneLog, leaseMs, clock, log } = options
  const held = new Map<string, Held>()

  const renew = async (): Promise<void> => {
    const runs = [...held.values()]
    if (runs.length === 0) return
    const kept = await laneLog.renew(runs, leaseMs)
    for (const { lane } of runs) {
      if (kept.has(lane) || !held.delete(lane)) continue
      log.warn({ lane }, 'lease lost to another instance')
    }
  }

  return {
    leaseMs,
    hold: (runs) => {
      for (const { lane, token } of runs) held.set(lane, { lane, token })
    },
    drop: (lane) => void held.delete(lane),
    run: async (signal) => {
      while (!signal.aborted) {
        await clock.sleep(leaseMs / 3, signal)
        await renew().catch((error: unknown) => log.error({ err: error }, 'leases could not be renewed'))
      }
    },
  }
}
