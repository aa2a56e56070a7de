import type { Adapter, Clock, Log } from '../../src/port.ts'
import { failureCode } from '../../src/util/failure.ts'
import { ChannexError } from './error.ts'
import type { Sync } from './sync.ts'

/** What `createListen` needs. */
export interface ListenOptions {
  readonly sync: Sync
  readonly syncMs: number
  readonly clock: Clock
  readonly log: Log
}

/** Looks for what guests wrote at once and then again and again; tells of trouble when it begins and when it ends. */
export const createListen = ({ sync, syncMs, clock, log }: ListenOptions): NonNullable<Adapter['listen']> => {
  let trouble: string | undefined

  const note = (code: string | undefined, reason: string): void => {
    if (code === trouble) return
    trouble = code
    if (code === undefined) log.info({ platform: 'channex' }, 'Channex can be looked through again')
    else log.error({ platform: 'channex', code }, `Channex cannot be looked through: ${reason}`)
  }

  /** How long to wait after this look. */
  const look = async (signal: AbortSignal): Promise<number> => {
    try {
      await sync(signal)
      note(undefined, '')
      return syncMs
    } catch (error) {
      if (signal.aborted) return 0
      const known = error instanceof ChannexError ? error : undefined
      note(known?.code ?? failureCode(error), known?.message ?? 'what was found could not be recorded')
      return Math.max(syncMs, known?.afterMs ?? 0)
    }
  }

  return async (signal) => {
    while (!signal.aborted) await clock.sleep(await look(signal), signal)
  }
}
