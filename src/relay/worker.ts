import type { Clock, Log } from '../port.ts'

/** How work comes to its end. */
export interface Shutdown {
  /** Once this aborts, nothing new is begun. */
  readonly draining: AbortSignal
  /** Once this aborts, calls in flight are broken off. */
  readonly aborted: AbortSignal
}

/** Work that goes on until the connector stops. */
export interface Worker {
  /**
   * Runs until it is to drain; then begins nothing new, and resolves once what is in flight is settled. Calls that are
   * broken off have an unknown outcome, which is looked up at the next start.
   */
  run(shutdown: Shutdown): Promise<void>
}

const pauseAfterFailureMs = 1_000

/** Repeats a step until the signal aborts; a step that fails (the store is away) is logged and tried again. */
export const repeat = async (
  name: string,
  step: () => Promise<void>,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
  draining: AbortSignal,
): Promise<void> => {
  while (!draining.aborted) {
    try {
      await step()
    } catch (error) {
      if (draining.aborted) return
      log.error({ worker: name, err: error }, 'worker step failed')
      await clock.sleep(pauseAfterFailureMs, draining)
    }
  }
}
