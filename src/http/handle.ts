import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock, Log, Route, WebhookRequest, WebhookResponse } from '../port.ts'
import { plainAnswer, write, writeAndClose, writeStream } from './answer.ts'
import { readBody, refuseByHeaders, type BodyReading } from './body.ts'
import type { Target } from './guards.ts'
import type { HttpLimits } from './limits.ts'
import type { Room } from './room.ts'

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

const answerRoute = async (
  route: Route,
  context: HandlerContext,
  request: IncomingMessage,
  response: ServerResponse,
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

export const createHandler =
  (route: Route, context: HandlerContext): Handler =>
  async (request, response, target) => {
    try {
      await answerRoute(route, context, request, response, target)
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
