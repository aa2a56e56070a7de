import type { Run } from '../../store/lanes/types.ts'
import { explainFailure } from '../../util/failure.ts'
import { pauseAfter } from '../../util/retry-after.ts'
import type { RelayContext } from '../context.ts'

/** The lanes that one worker holds. */
export interface HeldLanes {
  /** Whether no more lanes are to be claimed. */
  readonly areMany: boolean
  hold(runs: readonly Run[]): void
  /** The lane is settled, or lost; if it was claimed again meanwhile, that claim stays held. */
  letGo(run: Run): void
  /** Lets a run that cannot go on wait, by itself, with growing pauses. */
  postpone(run: Run, error: unknown): Promise<void>
  /** Gives all of them back as they are: the worker ends. */
  release(): Promise<void>
}

/** Most lanes wait for their thread. */
const mostLanes = 2_000

/** Characters of all their entries. */
const mostPayloads = 16 * 1024 * 1024

/** `onFree` is called whenever a lane is let go. */
export const createHeldLanes = (context: RelayContext, onFree: () => void): HeldLanes => {
  const { store, leases, log } = context
  const held = new Map<string, Run>()
  let payloads = 0

  const drop = (run: Run): void => {
    if (held.get(run.lane)?.token !== run.token) return
    held.delete(run.lane)
    payloads -= payloadsOf(run)
  }

  const letGo = (run: Run): void => {
    leases.drop(run)
    drop(run)
    onFree()
  }

  return {
    get areMany() {
      return held.size >= mostLanes || payloads >= mostPayloads
    },
    hold: (runs) => {
      leases.hold(runs)
      for (const run of runs) {
        const before = held.get(run.lane)
        if (before !== undefined) drop(before)
        held.set(run.lane, run)
        payloads += payloadsOf(run)
      }
    },
    letGo,
    postpone: async (run, error) => {
      await postpone(run, error, context)
      letGo(run)
    },
    release: async () => {
      const runs = [...held.values()]
      for (const run of runs) letGo(run)
      if (runs.length === 0) return
      await store.log.release(runs).catch((error: unknown) => {
        log.error({ lanes: runs.map(({ lane }) => lane), err: error }, 'lanes left until their leases end')
      })
    },
  }
}

/** A claim of fewer entries and characters was not cut. */
const few = { entries: 16, characters: 1_000_000 } as const

/**
 * Whether a claim of at most `limit` entries took all that was due. Then the next one waits until something more is: at once it would find
 * nothing, and keep the database from what the claimed lanes record.
 */
export function tookAll(runs: readonly Run[], limit: number): boolean {
  const claimed = runs.reduce((sum, { entries }) => sum + entries.length, 0)
  if (claimed >= Math.min(limit, few.entries)) return claimed === 0
  return runs.reduce((sum, run) => sum + payloadsOf(run), 0) < few.characters
}

/** Lets a run that failed wait in its lane, with pauses that grow; where that cannot be written, its lease ends first. */
export async function postpone(
  { lane, token, attempts }: Run,
  error: unknown,
  { store, clock, times, random, log }: RelayContext,
): Promise<void> {
  const pause = pauseAfter(attempts, { firstMs: times.retryMs, maxMs: times.retryMaxMs, random })
  log.warn({ lane, err: error, pauseMs: pause }, 'lane waits')
  const reason = explainFailure(error)
  try {
    const at = clock.now() + pause
    await store.log.settle({ lane, token, nextStep: { next: 'retry', at, reason, countAttempt: true } })
  } catch (failure) {
    log.error({ lane, err: failure }, 'lane left until its lease ends')
  }
}

function payloadsOf({ entries }: Run): number {
  return entries.reduce((sum, { payload }) => sum + payload.length, 0)
}
