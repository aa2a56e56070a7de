import type { Clock } from '../port.ts'

/** The longest a look-up may hold up a message. */
const longestMs = 3000

/** The work's result, or undefined when it takes longer than three seconds (`ms`) or the signal aborts. */
export const withPatience = async <Result>(
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
