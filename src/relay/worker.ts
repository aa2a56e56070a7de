import type { Clock, Log } from '../port.ts'

/** How work comes to its end. */
export interface Shutdown {
  /** From then on nothing new is begun. */
  readonly stop: AbortSignal
  /** From then on calls in flight are broken off. */
  readonly abort: AbortSignal
}

/** Delivers what waits. */
export interface Worker {
  /**
   * Runs until `stop` aborts; then begins nothing new, and resolves once what is in flight is settled. When `abort`
   * follows, calls in flight are broken off; their outcome is unknown and looked up at the next start.
   */
  run(stop: AbortSignal, abort: AbortSignal): Promise<void>
}

const pauseAfterFailureMs = 1_000

/** Repeats a step until the signal aborts; a step that fails (the store is away) is logged and tried again. */
export const repeat = async (
  name: string,
  step: () => Promise<void>,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
  stop: AbortSignal,
): Promise<void> => {
  while (!stop.aborted) {
    try {
      await step()
    } catch (error) {
      if (stop.aborted) return
      log.error({ worker: name, err: error }, 'worker step failed')
      await clock.sleep(pauseAfterFailureMs, stop)
    }
  }
}
