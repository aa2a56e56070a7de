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
  const finish = (): void => resolve({ outcome: 'read', body: Buffer.concat(chunks, size) })
  const leave = (): void => resolve({ outcome: 'gone' })
  request.on('data', take).once('end', finish).once('close', leave)

  const done = new AbortController()
  void clock.sleep(ms, done.signal).then(() => resolve(refused(408)))
  const reading = await promise
  done.abort()
  request.off('data', take)
  return reading
}
