import type { Clock } from '../port.ts'

/** The longest that a look-up may hold up a message. */
const patienceMs = 5_000

/** Does work with a signal that aborts when it takes too long, or with the given one. */
export const withPatience = async <T>(
  clock: Clock,
  signal: AbortSignal,
  work: (late: AbortSignal) => Promise<T>,
): Promise<T> => {
  const late = new AbortController()
  const done = new AbortController()
  const patience = clock.sleep(patienceMs, AbortSignal.any([signal, done.signal])).then(() => late.abort())
  try {
    return await work(late.signal)
  } finally {
    done.abort()
    await patience
  }
}
