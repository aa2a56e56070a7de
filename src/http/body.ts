import type { IncomingMessage } from 'node:http'
import type { Clock } from '../port.ts'

/** A body as it was sent, the status it is refused with, or that the client went away. */
export type BodyReading =
  | { readonly outcome: 'read'; readonly body: Buffer }
  | { readonly outcome: 'refused'; readonly status: 408 | 413 | 415 }
  | { readonly outcome: 'gone' }

const refused = (status: 408 | 413 | 415): BodyReading => ({ outcome: 'refused', status })

const isEncoded = ({ headers }: IncomingMessage): boolean =>
  (headers['content-encoding'] ?? 'identity').trim().toLowerCase() !== 'identity'

const toBuffer = (chunks: readonly Buffer[]): Buffer => {
  const [first, ...more] = chunks
  return first === undefined || more.length > 0 ? Buffer.concat(chunks) : first
}

/** Gives up after `ms`; returns how to stop that. Most bodies come with their headers and need no timer at all. */
const waitFrom = (giveUp: () => void, ms: number, clock: Clock): (() => void) => {
  let done: AbortController | undefined
  const soon = setImmediate(() => {
    done = new AbortController()
    void clock.sleep(ms, done.signal).then(giveUp)
  })
  return () => {
    clearImmediate(soon)
    done?.abort()
  }
}

/**
 * Reads a body without changing a byte, as signatures need it: at most `limit` bytes (413) within `ms` milliseconds (408),
 * and no compressed ones (415), which could grow without limit.
 */
export const readBody = async (
  request: IncomingMessage,
  limit: number,
  ms: number,
  clock: Clock,
): Promise<BodyReading> => {
  if (isEncoded(request)) return refused(415)
  if (Number(request.headers['content-length'] ?? 0) > limit) return refused(413)

  const { promise, resolve } = Promise.withResolvers<BodyReading>()
  const chunks: Buffer[] = []
  let size = 0
  const take = (chunk: Buffer): void => {
    size += chunk.length
    if (size > limit) resolve(refused(413))
    else chunks.push(chunk)
  }
  const finish = (): void => resolve({ outcome: 'read', body: toBuffer(chunks) })
  const leave = (): void => resolve({ outcome: 'gone' })
  request.on('data', take).once('end', finish).once('close', leave)

  const stopWaiting = waitFrom(() => resolve(refused(408)), ms, clock)
  const reading = await promise
  stopWaiting()
  request.off('data', take)
  return reading
}
