import type { Clock } from '../port.ts'

/** How long a look-up may delay a message. */
const longestMs = 3000

/** The work's result, or undefined when it takes longer than three seconds (`ms`) or the signal aborts. */
export const resultWithin = async <Result>(
  work: Promise<Result>,
  clock: Clock,
  signal: AbortSignal,
  ms = longestMs,
): Promise<Result | undefined> => {
  const enough = new AbortController()
  const patience = clock.sleep(ms, AbortSignal.any([signal, enough.signal])).then(() => undefined)
  try {
    return await Promise.race([work, patience])
  } finally {
    enough.abort()
  }
}

/** How long a look-up may delay a message. */
const abortAfterMs = 5_000

/** Does work with a signal that aborts when it takes too long, or with the given one. */
export const abortAfter = async <T>(
  clock: Clock,
  signal: AbortSignal,
  work: (late: AbortSignal) => Promise<T>,
): Promise<T> => {
  const late = new AbortController()
  const done = new AbortController()
  const patience = clock.sleep(abortAfterMs, AbortSignal.any([signal, done.signal])).then(() => late.abort())
  try {
    return await work(late.signal)
  } finally {
    done.abort()
    await patience
  }
}
