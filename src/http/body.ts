import type { IncomingMessage } from 'node:http'
import type { Clock } from '../port.ts'
import type { Room } from './room.ts'

/** A body as it was sent, the status it is refused with, or that the client went away. */
export type BodyReading =
  | {
      readonly outcome: 'read'
      readonly body: Buffer
      /** What is to be freed in the room. */
      readonly held: number
    }
  | { readonly outcome: 'refused'; readonly status: RefusedStatus }
  | { readonly outcome: 'gone' }

type RefusedStatus = 408 | 413 | 415 | 503

/** What bodies are read with. */
export interface BodyContext {
  /** How long a body may take to arrive. */
  readonly ms: number
  readonly room: Room
  readonly clock: Clock
}

/** What a piece takes beside its bytes: who sends each byte by itself takes far more than the bytes. */
const pieceBytes = 256

const isEncoded = ({ headers }: IncomingMessage): boolean =>
  (headers['content-encoding'] ?? 'identity').trim().toLowerCase() !== 'identity'

/** What a request is refused with before anything of its body has come. */
export const refuseByHeaders = (request: IncomingMessage, limit: number): 413 | 415 | undefined => {
  if (isEncoded(request)) return 415
  return Number(request.headers['content-length'] ?? 0) > limit ? 413 : undefined
}

const toBuffer = (chunks: readonly Buffer[]): Buffer => {
  const [first, ...more] = chunks
  return first === undefined || more.length > 0 ? Buffer.concat(chunks) : first
}

/** Gives up after `ms`, or earlier where others need the room; returns how to stop that. Most bodies come with their headers and need no timer at all. */
const waitFrom = (giveUp: (status: 408 | 503) => void, { ms, room, clock }: BodyContext): (() => void) => {
  let done: AbortController | undefined
  const makeWay = (): void => giveUp(503)
  const soon = setImmediate(() => {
    done = new AbortController()
    room.slow.add(makeWay)
    void clock.sleep(ms, done.signal).then(() => giveUp(408))
  })
  return () => {
    clearImmediate(soon)
    if (done === undefined) return
    room.slow.delete(makeWay)
    done.abort()
  }
}

/**
 * Reads a body without changing a byte, as signatures need it: at most `limit` bytes (413) within a time (408), as long as there is room
 * for it (503), and no compressed ones (415), which could grow without limit.
 */
export const readBody = (
  request: IncomingMessage,
  limit: number,
  context: BodyContext,
): Promise<BodyReading> => {
  const { room } = context
  const refused = refuseByHeaders(request, limit)
  if (refused !== undefined) return Promise.resolve({ outcome: 'refused', status: refused })

  const { promise, resolve } = Promise.withResolvers<BodyReading>()
  const chunks: Buffer[] = []
  let size = 0
  let held = 0
  let isOver = false

  const end = (reading: BodyReading): void => {
    if (isOver) return
    isOver = true
    stopWaiting()
    request.off('data', take)
    // The request outlives this, and with it what its listeners know.
    chunks.length = 0
    if (reading.outcome !== 'read') room.free(held)
    resolve(reading)
  }
  const refuse = (status: RefusedStatus): void => end({ outcome: 'refused', status })
  const take = (chunk: Buffer): void => {
    size += chunk.length
    if (size > limit) return refuse(413)
    const taken = chunk.length + pieceBytes
    chunks.push(chunk)
    held += taken
    if (!room.add(taken)) refuse(503)
  }
  const finish = (): void => end({ outcome: 'read', body: toBuffer(chunks), held })
  const leave = (): void => end({ outcome: 'gone' })
  const stopWaiting = waitFrom(refuse, context)
  request.on('data', take).once('end', finish).once('close', leave)
  return promise
}
