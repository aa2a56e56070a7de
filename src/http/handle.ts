import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock, Log, Route } from '../port.ts'
import { plainAnswer, write, writeAndClose, writeStream } from './answer.ts'
import { readBody } from './body.ts'
import type { Target } from './guards.ts'
import type { HttpLimits } from './limits.ts'

/** What every route's handler is made with. */
export interface HandlerContext {
  readonly limits: HttpLimits
  /** Aborts when the server closes: streams end. */
  readonly closing: AbortSignal
  readonly clock: Clock
  readonly log: Log
}

/** Answers a request to a path, whatever happens, and never rejects. */
export type Handler = (request: IncomingMessage, response: ServerResponse, target: Target) => Promise<void>

const answerRoute = async (
  route: Route,
  { limits, closing, clock }: HandlerContext,
  request: IncomingMessage,
  response: ServerResponse,
  { path, query }: Target,
): Promise<void> => {
  const reading = await readBody(request, route.limit ?? limits.bodyBytes, limits.bodyMs, clock)
  if (reading.outcome === 'gone') return
  if (reading.outcome === 'refused') {
    writeAndClose(response, reading.status, clock.sleep(limits.lingerMs))
    return
  }
  const { method = route.method, headers } = request
  const asked = { method, path, query, headers, body: reading.body }
  const { stream, ...answer } = await route.handle(asked)
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
      write(response, plainAnswer(500))
    }
  }
