import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock, Log, Route, WebhookRequest, WebhookResponse } from '../port.ts'
import { plainAnswer, write, writeAndClose, writeStream } from './answer.ts'
import type { Target } from './guards.ts'
import type { HttpLimits, Room } from './limits.ts'

/** What every route's handler is made with. */
export interface HandlerContext {
  readonly limits: HttpLimits
  /** For the bodies of all requests. */
  readonly room: Room
  /** Tells operators that a request was refused because there was no room for its body. */
  readonly onCrowded: () => void
  /** Aborts when the server closes: streams end. */
  readonly closing: AbortSignal
  readonly clock: Clock
  readonly log: Log
}

/** Answers a request to a path, whatever happens, and never rejects. */
export type Handler = (request: IncomingMessage, response: ServerResponse, target: Target) => Promise<void>

const noBody = Buffer.alloc(0)

export const createHandler =
  (route: Route, context: HandlerContext): Handler =>
  async (request, response, target) => {
    try {
      await answerRoute(route, context, { request, response }, target)
    } catch (error) {
      context.log.error({ route: `${route.method} ${route.path}`, err: error }, 'A request failed')
      if (response.headersSent) {
        response.destroy()
        return
      }
      for (const name of response.getHeaderNames()) response.removeHeader(name)
      endConnection(response, context.closing)
      write(response, plainAnswer(500))
    }
  }

/** A body as it was sent, the status it is refused with, or that the client went away. */
export type BodyReading =
  | {
      readonly outcome: 'read'
      readonly body: Buffer
      /** The bytes to free in the room. */
      readonly held: number
    }
  | { readonly outcome: 'refused'; readonly status: RefusedStatus }
  | { readonly outcome: 'gone' }

/** What bodies are read with. */
export interface BodyContext {
  /** How long a body may take to arrive. */
  readonly ms: number
  readonly room: Room
  readonly clock: Clock
}

/** What a chunk takes beside its bytes: a client that sends single bytes uses far more memory than the bytes. */
const pieceBytes = 256

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

const answerRoute = async (
  route: Route,
  context: HandlerContext,
  { request, response }: Exchange,
  { path, query }: Target,
): Promise<void> => {
  const { limits, room, closing, clock } = context
  const reading = await readRequest(route, context, request)
  if (reading.outcome === 'gone') return
  if (reading.outcome === 'refused') {
    if (reading.status === 503) context.onCrowded()
    writeAndClose(response, reading.status, clock.sleep(limits.lingerMs))
    return
  }
  const { method = route.method, headers } = request
  const asked = { method, path, query, headers, body: reading.body }
  const { stream, ...answer } = await handleAndFree(route, asked, reading.held, room)
  endConnection(response, closing)
  if (stream === undefined || method === 'HEAD') write(response, answer)
  else await writeStream(response, { ...answer, stream }, closing)
}

/** Only what is posted has a body that matters: another one is thrown away as it comes. */
const readRequest = (
  route: Route,
  { limits, room, clock }: HandlerContext,
  request: IncomingMessage,
): Promise<BodyReading> => {
  const limit = route.limit ?? limits.bodyBytes
  if (route.method === 'POST') return readBody(request, limit, { ms: limits.bodyMs, room, clock })
  const status = refuseByHeaders(request, limit)
  if (status !== undefined) return Promise.resolve({ outcome: 'refused', status })
  request.resume()
  return Promise.resolve({ outcome: 'read', body: noBody, held: 0 })
}

/**
 * Reads a body without changing a byte, as signatures need it: at most `limit` bytes (413) within a time (408), as long as there is room
 * for it (503), and no compressed ones (415), which could grow without limit.
 */
const readBody = (request: IncomingMessage, limit: number, context: BodyContext): Promise<BodyReading> => {
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

/** What a request is refused with before anything of its body has come. */
const refuseByHeaders = (request: IncomingMessage, limit: number): 413 | 415 | undefined => {
  if (isEncoded(request)) return 415
  return Number(request.headers['content-length'] ?? 0) > limit ? 413 : undefined
}

const isEncoded = ({ headers }: IncomingMessage): boolean =>
  (headers['content-encoding'] ?? 'identity').trim().toLowerCase() !== 'identity'

type RefusedStatus = 408 | 413 | 415 | 503

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

const handleAndFree = async (
  route: Route,
  asked: WebhookRequest,
  held: number,
  room: Room,
): Promise<WebhookResponse> => {
  try {
    return await route.handle(asked)
  } finally {
    room.free(held)
  }
}

/**
 * While the server closes, what was asked for before is the last that its connection brings. Responses are not gathered for that: a set that
 * changes with every request keeps many of them, with all they know, until a large garbage collection.
 */
const endConnection = (response: ServerResponse, closing: AbortSignal): void => {
  if (closing.aborted) response.shouldKeepAlive = false
}
