import { onTestFinished } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import type { HttpLimits } from '../../src/http/limits.ts'
import { createHttpServer, type HttpServer } from '../../src/http/server.ts'
import type { Clock, Log, Route, WebhookRequest } from '../../src/port.ts'

export interface TestServer {
  readonly server: HttpServer
  /** `http://127.0.0.1:54321` */
  readonly address: string
  /** What the routes were given. */
  readonly seen: readonly WebhookRequest[]
  /** What was logged, as JSON. */
  readonly lines: readonly string[]
}

const createLinesLog = (lines: string[]): Log => {
  const write = (fields: Readonly<Record<string, unknown>>, message: string): void => {
    lines.push(JSON.stringify({ ...fields, message }))
  }
  return { debug: write, info: write, warn: write, error: write }
}

/** The server on a free port with `POST /hook` (1 kB at most), `GET /page` and some more; closed when the test ends. */
export const startServer = async (
  limits: Partial<HttpLimits> = {},
  ready: () => Promise<boolean> = async () => true,
  more: readonly Route[] = [],
  clock: Clock = systemClock,
): Promise<TestServer> => {
  const seen: WebhookRequest[] = []
  const lines: string[] = []
  const hook: Route = {
    method: 'POST',
    path: '/hook',
    limit: 1024,
    handle: async (request) => {
      seen.push(request)
      return { status: 204 }
    },
  }
  const page: Route = {
    method: 'GET',
    path: '/page',
    handle: async (request) => {
      seen.push(request)
      return { status: 200, headers: { 'content-type': 'text/html' }, body: '<p>page</p>' }
    },
  }
  const server = createHttpServer({
    routes: [hook, page, ...more],
    health: { ready },
    clock,
    log: createLinesLog(lines),
    limits: { lingerMs: 50, ...limits },
  })
  const { address } = await server.listen(0, '127.0.0.1')
  server.setReady(true)
  onTestFinished(() => server.close())
  return { server, address, seen, lines }
}
