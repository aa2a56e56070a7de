import type { Clock } from '../port.ts'

/** How long work may take. */
export interface TimeLimit {
  readonly clock: Clock
  readonly ms: number
  /** Ends it earlier. */
  readonly signal?: AbortSignal
}

/** Waits for work no longer than the limit, then gives undefined; what the work still does goes on. */
export const resultWithin = <Result>(
  limit: TimeLimit,
  work: (late: AbortSignal) => Promise<Result>,
): Promise<Result | undefined> => underLimit(limit, (late) => Promise.race([work(late), whenAborted(late)]))

/** Does work with a signal that aborts at the limit, and waits until the work has ended: it may give what it has by then. */
export const abortAfter = <Result>(
  limit: TimeLimit,
  work: (late: AbortSignal) => Promise<Result>,
): Promise<Result> => underLimit(limit, work)

const underLimit = async <Result>(
  { clock, ms, signal }: TimeLimit,
  work: (late: AbortSignal) => Promise<Result>,
): Promise<Result> => {
  const late = new AbortController()
  const done = new AbortController()
  const either = signal === undefined ? done.signal : AbortSignal.any([signal, done.signal])
  const over = clock.sleep(ms, either).then(() => late.abort())
  try {
    return await work(late.signal)
  } finally {
    done.abort()
    await over
  }
}

const whenAborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    else signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
