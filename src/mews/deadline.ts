import type { Clock } from '../port.ts'
import { wasNeverSent } from '../util/failure.ts'
import type { MewsErrorCode } from './error.ts'

/** How long one request may take, answer included. */
export interface Deadline {
  readonly signal: AbortSignal
  /** Why a request failed that has no status. */
  codeOf(error: unknown): MewsErrorCode
  clear(): void
}

/** Makes a deadline that is over after `timeoutMs` or when the outer signal aborts. */
export const createDeadline = (clock: Clock, timeoutMs: number, outer: AbortSignal): Deadline => {
  const stop = new AbortController()
  const cleared = new AbortController()
  let late = false
  const abort = (): void => stop.abort(outer.reason)
  const expire = async (): Promise<void> => {
    await clock.sleep(timeoutMs, cleared.signal)
    if (cleared.signal.aborted) return
    late = true
    stop.abort()
  }
  if (outer.aborted) abort()
  outer.addEventListener('abort', abort)
  void expire()

  return {
    signal: stop.signal,
    codeOf: (error) => {
      if (wasNeverSent(error)) return 'not-sent'
      if (late) return 'timeout'
      return outer.aborted ? 'aborted' : 'disconnected'
    },
    clear: () => {
      outer.removeEventListener('abort', abort)
      cleared.abort()
    },
  }
}
