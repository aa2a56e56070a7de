import type { Adapter, Clock, Log } from '../../../src/port.ts'
import { failureCode } from '../../../src/util/failure.ts'
import type { WakeSignal } from '../../../src/util/signal.ts'
import { ChannexError } from '../api/error.ts'
import type { Sync } from './sync.ts'

/** How polling goes. */
export interface Looks {
  /** When everything was last looked through, milliseconds since 1970. */
  at?: number
  /** Why polling fails; undefined while it works. */
  failure?: string | undefined
}

/** What `createListen` needs. */
export interface ListenOptions {
  readonly sync: Sync
  readonly syncMs: number
  /** Woken when there is something to read before the next regular look. */
  readonly wake: WakeSignal
  /** Kept current. */
  readonly looks: Looks
  readonly clock: Clock
  readonly log: Log
}

/** However often it is woken. */
const shortestPauseMs = 1_000

/** Polls for what guests wrote, at once and then regularly; logs when failures begin and end. */
export const createListen = ({
  sync,
  syncMs,
  wake,
  looks,
  clock,
  log,
}: ListenOptions): NonNullable<Adapter['listen']> => {
  let failure: string | undefined

  const note = (code: string | undefined, reason: string): void => {
    if (code === undefined) looks.at = clock.now()
    looks.failure = code === undefined ? undefined : reason
    if (code === failure) return
    failure = code
    if (code === undefined) log.info({ platform: 'channex' }, 'Channex can be looked through again')
    else log.error({ platform: 'channex', code, reason }, 'Channex cannot be looked through')
  }

  /** Looks once, then waits for the next look; after a failure it cannot be woken early. */
  const look = async (signal: AbortSignal): Promise<void> => {
    try {
      await sync(signal)
      note(undefined, '')
    } catch (error) {
      if (signal.aborted) return
      const known = error instanceof ChannexError ? error : undefined
      note(known?.code ?? failureCode(error), known?.message ?? 'what was found could not be recorded')
      return clock.sleep(Math.max(syncMs, known?.afterMs ?? 0), signal)
    }
    const pauseMs = Math.min(shortestPauseMs, syncMs)
    await clock.sleep(pauseMs, signal)
    await wake.wait(syncMs - pauseMs, signal)
  }

  return async (signal) => {
    while (!signal.aborted) await look(signal)
  }
}
