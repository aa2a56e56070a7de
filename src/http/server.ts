import type { IncomingMessage, Server as NodeServer, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createRequire } from 'node:module'
import { pino } from 'pino'
import type { Clock, Log, Route, WebhookResponse } from '../port.ts'
import { createRateLimitedReport } from '../util/rate-limited-report.ts'
import { refusal, write } from './answer.ts'
import { readTarget, refuseUnreadable } from './guards.ts'
import { createHandler, type Handler, type HandlerContext } from './handle.ts'
import { createRoom, defaultLimits, type HttpLimits, limitConnections } from './limits.ts'

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
  /** From now on these are the routes; a request that is in hand is answered by the one that took it. */
  setRoutes(routes: readonly Route[]): void
  /** `/readyz` answers 503 until this was called with true. */
  setReady(ready: boolean): void
  /**
   * Says at once that it is not ready. After `drainMs` takes no new requests, lets those in flight finish for at most `closeMs`,
   * and closes every connection.
   */
  close(): Promise<void>
}

/** The HTTP server: restify behind guards, without plugins; every route gets the raw body. */
export const createHttpServer = (options: HttpServerOptions): HttpServer => {
  const { routes, health, clock, log } = options
  const limits = { ...defaultLimits, ...options.limits }
  const restifyServer = createRestify()
  const { server } = restifyServer
  let isReady = false
  let isEnding = false
  const closing = new AbortController()
  const onCrowded = createRateLimitedReport(clock, (count) =>
    log.warn({ count }, 'requests refused: their bodies are too much at once; senders try again'),
  )
  const current = createRoutes(restifyServer, {
    limits,
    room: createRoom(limits.heldBytes),
    onCrowded,
    closing: closing.signal,
    clock,
    log,
  })

  restifyServer.first((request, response) => {
    if (!connections.serving(response)) return false
    if (isEnding) response.shouldKeepAlive = false
    return !current.answerDirectly(request, response) && refuseUnreadable(request, response)
  })
  restifyServer.on('restifyError', answerUnrouted)
  // restify emits its server's errors, which end the process where there is no listener. `listen` rejects by itself.
  restifyServer.on('error', (error) => {
    if (server.listening) log.error({ err: error }, 'the HTTP server failed')
  })
  const healthRoutes = createHealthRoutes(async () => isReady && health.ready())
  const setRoutes = (given: readonly Route[]): void => current.set([...healthRoutes, ...given])
  setRoutes(routes)
  restrict(server, limits)
  const connections = limitConnections(server, limits.connections)

  return {
    listen: (port, host) => listenOn(server, port, host),
    setRoutes,
    setReady: (ready) => {
      isReady = ready
    },
    close: async () => {
      isReady = false
      isEnding = true
      if (server.listening && limits.drainMs > 0) await clock.sleep(limits.drainMs)
      closing.abort()
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      const waited = new AbortController()
      await Promise.race([closed, clock.sleep(limits.closeMs, waited.signal)])
      waited.abort()
      server.closeAllConnections()
      await closed
    },
  }
}

const createRestify = (): RestifyServer => {
  const log = pino({ enabled: false })
  return new Server({ name: '', log, router: new Router({ log, maxParamLength: 2048 }) })
}

const require = createRequire(import.meta.url)

// restify as a whole brings its plugins along, which take more than half of its time to load, and are not used.
const Server = require('restify/lib/server') as new (options: object) => RestifyServer
const Router = require('restify/lib/router') as new (options: object) => object

/** What this file uses of restify's server, some of which its typings leave out. */
interface RestifyServer {
  readonly server: NodeServer
  first(guard: (request: RoutedRequest, response: ServerResponse) => boolean): void
  on(
    event: 'restifyError',
    listener: (request: RoutedRequest, response: ServerResponse, error: unknown) => void,
  ): void
  on(event: 'error', listener: (error: unknown) => void): void
  get(path: string, handler: RoutedHandler): void
  head(path: string, handler: RoutedHandler): void
  post(path: string, handler: RoutedHandler): void
}

/** What restify adds to Node's request. */
interface RoutedRequest extends IncomingMessage {
  getUrl(): URL
}

type RoutedHandler = (request: RoutedRequest, response: ServerResponse) => Promise<void>

/** The routes of the moment. */
const createRoutes = (server: RestifyServer, context: HandlerContext) => {
  const mounted = new Set<string>()
  let current: ReadonlyMap<string, Handler> = new Map()

  /** restify's router forgets no route: those that are gone answer 404. */
  const answerRouted =
    (name: string): RoutedHandler =>
    async (request, response) => {
      const handler = current.get(name)
      if (handler === undefined) return write(response, refusal(request, 404))
      const { pathname, search } = request.getUrl()
      await handler(request, response, { path: pathname, query: search.slice(1) })
    }

  return {
    set: (routes: readonly Route[]): void => {
      current = new Map(routes.map((route) => [nameOf(route), createHandler(route, context)]))
      for (const route of routes) {
        const name = nameOf(route)
        if (!mounted.has(name)) mount(server, route, answerRouted(name))
        mounted.add(name)
      }
    },

    /** Answers a request for an exact path past restify's router and bookkeeping, which cost more than recording the event. */
    answerDirectly: (request: IncomingMessage, response: ServerResponse): boolean => {
      const target = readTarget(request)
      if (target === undefined || target.path.includes(':')) return false
      const handler = current.get(`${request.method} ${target.path}`)
      if (handler === undefined) return false
      void handler(request, response, target)
      return true
    },
  }
}

const nameOf = ({ method, path }: Route): string => `${method} ${path}`

const mount = (server: RestifyServer, { method, path }: Route, handler: RoutedHandler): void => {
  if (method === 'POST') return server.post(path, handler)
  server.get(path, handler)
  server.head(path, handler)
}

/** restify's own answers name the path or the error: these are constant. Its callback is left alone, it would answer again. */
const answerUnrouted = (request: RoutedRequest, response: ServerResponse, error: unknown): void => {
  const isKnown = error instanceof Error && 'statusCode' in error
  const status = isKnown && (error.statusCode === 404 || error.statusCode === 405) ? error.statusCode : 500
  write(response, refusal(request, status))
}

/**
 * `/healthz`: the process lives. `/readyz`: it can record what it is sent; 503 while `isReady` says no or fails, for load
 * balancers.
 */
const createHealthRoutes = (isReady: () => Promise<boolean>): readonly Route[] => [
  { method: 'GET', path: '/healthz', handle: async () => say(200, 'alive') },
  {
    method: 'GET',
    path: '/readyz',
    handle: async () => {
      const ready = await isReady().catch(() => false)
      return ready ? say(200, 'ready') : say(503, 'not ready')
    },
  },
]

const say = (status: number, word: string): WebhookResponse => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: `${word}\n`,
})

const restrict = (server: NodeServer, limits: HttpLimits): void => {
  server.headersTimeout = limits.headersMs
  server.requestTimeout = limits.headersMs + limits.bodyMs
  server.timeout = limits.idleMs
  server.keepAliveTimeout = limits.idleMs
  server.maxHeadersCount = 200
  // restify takes upgrades from Node and leaves them open for ever; without a listener they are ordinary requests.
  server.removeAllListeners('upgrade')
}

const listenOn = (server: NodeServer, port: number, host: string): Promise<{ readonly address: string }> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve({ address: toAddress(server.address() as AddressInfo) })
    })
  })

const toAddress = ({ address, family, port }: AddressInfo): string =>
  `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
