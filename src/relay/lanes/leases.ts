import type { Clock, Log } from '../../port.ts'
import type { LaneLog, Run } from '../../store/lanes/types.ts'

/** Keeps the leases of the lanes that this process works on. */
export interface Leases {
  readonly leaseMs: number
  hold(runs: readonly Held[]): void
  /** Does nothing for a lane that is held by a later claim: between a settlement and the news of it, it may be claimed again. */
  drop(run: Held): void
  /** Renews until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
}

export const createLeases = (options: {
  readonly laneLog: LaneLog
  readonly leaseMs: number
  /** Whether other instances work on the same database. */
  readonly shared: boolean
  readonly clock: Clock
  readonly log: Log
}): Leases => {
  const { laneLog, leaseMs, clock, log } = options
  const others = `a repair or an erasure${options.shared ? ', or by another instance' : ''}`
  const held = new Map<string, Held>()

  /** Whether it was held by this very claim. */
  const drop = ({ lane, token }: Held): boolean => held.get(lane)?.token === token && held.delete(lane)

  const renew = async (): Promise<void> => {
    const runs = [...held.values()]
    if (runs.length === 0) return
    const kept = await laneLog.renew(runs, leaseMs)
    for (const run of runs) {
      const { lane } = run
      if (kept.has(lane) || !drop(run)) continue
      log.warn({ lane }, `lane taken over by ${others}`)
    }
  }

  return {
    leaseMs,
    hold: (runs) => {
      for (const { lane, token } of runs) held.set(lane, { lane, token })
    },
    drop: (run) => void drop(run),
    run: async (signal) => {
      while (!signal.aborted) {
        await clock.sleep(leaseMs / 3, signal)
        await renew().catch((error: unknown) => log.error({ err: error }, 'leases could not be renewed'))
      }
    },
  }
}

type Held = Pick<Run, 'lane' | 'token'>
