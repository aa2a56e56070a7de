import type { IncomingMessage, Server as NodeServer, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import restify from 'restify'
import type { Clock, Log, Route } from '../port.ts'
import { plainAnswer, write } from './answer.ts'
import { readTarget, refuseUnreadable } from './guards.ts'
import { createHandler, type Handler, type HandlerContext } from './handle.ts'
import { createHealthRoutes } from './health.ts'
import { defaultLimits, type HttpLimits } from './limits.ts'

/** What the HTTP server is made with. */
export interface HttpServerOptions {
  /** Exact paths, or patterns of restify's router: `/admin/:page`. */
  readonly routes: readonly Route[]
  /** Whether requests can be recorded: asked by `/readyz` once `setReady(true)` was called. */
  readonly health: { ready(): Promise<boolean> }
  readonly clock: Clock
  readonly log: Log
  readonly limits?: Partial<HttpLimits>
}

export interface HttpServer {
  /** Resolves with the address it can be reached at, without a trailing slash: `http://127.0.0.1:3978`. Port 0: a free one. */
  listen(port: number, host: string): Promise<{ readonly address: string }>
  /** `/readyz` answers 503 until this was called with true. */
  setReady(ready: boolean): void
  /**
   * Says at once that it is not ready. After `drainMs` takes no new requests, lets those in flight finish for at most `closeMs`,
   * and closes every connection.
   */
  close(): Promise<void>
}

/** What restify adds to Node's request. */
interface RoutedRequest extends IncomingMessage {
  getUrl(): URL
}

type RoutedHandler = (request: RoutedRequest, response: ServerResponse) => Promise<void>

/** What this file uses of restify's server, some of which its typings leave out. */
interface RestifyServer {
  readonly server: NodeServer
  first(guard: (request: RoutedRequest, response: ServerResponse) => boolean): void
  on(
    event: 'restifyError',
    listener: (request: RoutedRequest, response: ServerResponse, error: unknown) => void,
  ): void
  get(path: string, handler: RoutedHandler): void
  head(path: string, handler: RoutedHandler): void
  post(path: string, handler: RoutedHandler): void
}

const createRestify = (): RestifyServer =>
  restify.createServer({
    name: '',
    maxParamLength: 2048,
    log: pino({ enabled: false }) as never,
  }) as unknown as RestifyServer

/** Handlers by method and exact path: `POST /slack/events`. */
type Direct = Map<string, Handler>

const mount = (server: RestifyServer, direct: Direct, route: Route, context: HandlerContext): void => {
  const handler = createHandler(route, context)
  const routed: RoutedHandler = async (request, response) => {
    const { pathname, search } = request.getUrl()
    await handler(request, response, { path: pathname, query: search.slice(1) })
  }
  if (!route.path.includes(':')) direct.set(`${route.method} ${route.path}`, handler)
  if (route.method === 'POST') return server.post(route.path, routed)
  server.get(route.path, routed)
  server.head(route.path, routed)
}

/** Answers a request for an exact path past restify's router and bookkeeping, which cost more than recording the event. */
const answerDirectly = (direct: Direct, request: IncomingMessage, response: ServerResponse): boolean => {
  const target = readTarget(request)
  if (target === undefined) return false
  const handler = direct.get(`${request.method} ${target.path}`)
  if (handler === undefined) return false
  void handler(request, response, target)
  return true
}

/** restify's own answers name the path or the error: these are constant. Its callback is left alone, it would answer again. */
const answerUnrouted = (_request: RoutedRequest, response: ServerResponse, error: unknown): void => {
  const isKnown = error instanceof Error && 'statusCode' in error
  const status = isKnown && (error.statusCode === 404 || error.statusCode === 405) ? error.statusCode : 500
  write(response, plainAnswer(status))
}

const restrict = (server: NodeServer, limits: HttpLimits): void => {
  server.headersTimeout = limits.headersMs
  server.requestTimeout = limits.headersMs + limits.bodyMs
  server.timeout = limits.idleMs
  server.keepAliveTimeout = limits.idleMs
  server.maxHeadersCount = 200
  // restify takes upgrades from Node and leaves them open for ever; without a listener they are ordinary requests.
  server.removeAllListeners('upgrade')
}

const toAddress = ({ address, family, port }: AddressInfo): string =>
  `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`

const listenOn = (server: NodeServer, port: number, host: string): Promise<{ readonly address: string }> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve({ address: toAddress(server.address() as AddressInfo) })
    })
  })

/** The HTTP server: restify behind guards, without plugins; every route gets the raw body. */
export const createHttpServer = (options: HttpServerOptions): HttpServer => {
  const { routes, health, clock, log } = options
  const limits = { ...defaultLimits, ...options.limits }
  const restifyServer = createRestify()
  const { server } = restifyServer
  let isReady = false
  let isEnding = false
  const closing = new AbortController()
  const inFlight = new Set<ServerResponse>()
  const direct: Direct = new Map()

  restifyServer.first((request, response) => {
    inFlight.add(response)
    response.once('close', () => inFlight.delete(response))
    if (isEnding) response.shouldKeepAlive = false
    return !answerDirectly(direct, request, response) && refuseUnreadable(request, response)
  })
  restifyServer.on('restifyError', answerUnrouted)
  const healthRoutes = createHealthRoutes(async () => isReady && health.ready())
  for (const route of [...healthRoutes, ...routes]) {
    mount(restifyServer, direct, route, { limits, closing: closing.signal, clock, log })
  }
  restrict(server, limits)

  return {
    listen: (port, host) => listenOn(server, port, host),
    setReady: (ready) => {
      isReady = ready
    },
    close: async () => {
      isReady = false
      isEnding = true
      if (server.listening && limits.drainMs > 0) await clock.sleep(limits.drainMs)
      closing.abort()
      for (const response of inFlight) response.shouldKeepAlive = false
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      const waited = new AbortController()
      await Promise.race([closed, clock.sleep(limits.closeMs, waited.signal)])
      waited.abort()
      server.closeAllConnections()
      await closed
    },
  }
}
