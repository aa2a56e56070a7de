import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { listenAnywhere } from './port.ts'

/** A request as the fakes see it, with its body already read. */
export interface FakeRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface FakeAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** A string is sent as it is, anything else as JSON. */
  readonly body?: unknown
}

/**
 * What goes wrong with a request. `applied`: the fake does its work first, so that the caller's outcome is unknown.
 * - `answer`: another answer than the fake's (500, 429, HTML…)
 * - `reset`: the connection breaks
 * - `hang`: no answer until the fake closes; `meanwhile` is called when that is so
 * - `half`: half of the true answer, then the connection breaks
 * - `late`: the true answer after `ms`
 */
export type Fault = { readonly applied: boolean } & (
  | { readonly kind: 'answer'; readonly answer: FakeAnswer }
  | { readonly kind: 'reset' | 'half' }
  | { readonly kind: 'hang'; readonly meanwhile?: () => void }
  | { readonly kind: 'late'; readonly ms: number }
)

export interface FakeServer {
  /** Without a trailing slash: `http://127.0.0.1:54321`. */
  readonly url: string
  /** Every request in order of arrival. */
  readonly requests: readonly FakeRequest[]
  /** The next `times` requests that match meet the fault. Default once, any request. */
  fail(
    fault: Fault,
    options?: { readonly times?: number; readonly match?: (request: FakeRequest) => boolean },
  ): void
  /** Forgets faults that did not happen yet. */
  heal(): void
  /** Stops listening (connections are refused) until `resume`, on the same port. */
  pause(): Promise<void>
  resume(): Promise<void>
  close(): Promise<void>
}

/** What makes a server of a fake's behaviour; the simulator serves without sockets. */
export type Serve = (
  handle: (request: FakeRequest) => FakeAnswer | Promise<FakeAnswer>,
  now?: () => number,
) => Promise<FakeServer>

interface Planned {
  readonly fault: Fault
  readonly match: (request: FakeRequest) => boolean
  left: number
}

const readRequest = async (message: IncomingMessage): Promise<FakeRequest> => {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  const url = new URL(message.url ?? '/', 'http://fake')
  return {
    method: message.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: message.headers,
    body: Buffer.concat(chunks).toString('utf8'),
  }
}

const write = (response: ServerResponse, { status, headers, body }: FakeAnswer): void => {
  const json = body !== undefined && typeof body !== 'string'
  response.writeHead(status, { ...(json ? { 'content-type': 'application/json' } : {}), ...headers })
  response.end(json ? JSON.stringify(body) : body)
}

const writeHalf = (response: ServerResponse, { status, headers, body }: FakeAnswer): void => {
  const text = typeof body === 'string' ? body : JSON.stringify(body ?? {})
  response.writeHead(status, {
    'content-type': 'application/json',
    ...headers,
    'content-length': String(Buffer.byteLength(text)),
  })
  response.write(text.slice(0, text.length / 2), () => response.destroy())
}

/**
 * A small HTTP server on loopback whose requests can be made to fail. `handle` is the fake's real, stateful behaviour; its answers'
 * `Date` is that of `now`, the machine's own by default.
 */
export const createFakeServer: Serve = async (handle, now = Date.now) => {
  const requests: FakeRequest[] = []
  const planned: Planned[] = []
  const sockets = new Set<Socket>()

  const meet = async (fault: Fault, request: FakeRequest, response: ServerResponse): Promise<void> => {
    const truth: FakeAnswer = fault.applied ? await handle(request) : { status: 503, body: '' }
    if (fault.kind === 'answer') write(response, fault.answer)
    else if (fault.kind === 'half') writeHalf(response, truth)
    else if (fault.kind === 'reset') response.socket?.resetAndDestroy()
    else if (fault.kind === 'hang') fault.meanwhile?.()
    else if (fault.kind === 'late')
      setTimeout(
        () =>
          void Promise.resolve(fault.applied ? truth : handle(request)).then((answer) =>
            write(response, answer),
          ),
        fault.ms,
      ).unref()
  }

  const server = createServer((message, response) => {
    // Only just before the answer is it known what time it is then.
    const end = response.writeHead.bind(response)
    response.writeHead = ((status: number, headers: Record<string, string>) =>
      end(status, { date: new Date(now()).toUTCString(), ...headers })) as ServerResponse['writeHead']
    void (async () => {
      const request = await readRequest(message)
      requests.push(request)
      const plan = planned.find(({ left, match }) => left > 0 && match(request))
      if (plan === undefined) return write(response, await handle(request))
      plan.left -= 1
      return meet(plan.fault, request, response)
    })().catch(() => response.destroy())
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })

  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', () => resolve()))
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })

  const port = await listenAnywhere(listen)
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    fail: (fault, { times = 1, match = () => true } = {}) => void planned.push({ fault, match, left: times }),
    heal: () => void planned.splice(0),
    pause: stop,
    resume: () => listen(port),
    close: stop,
  }
}

/** A page instead of an answer, as a proxy gives it. */
export const proxyPage = {
  status: 200,
  headers: { 'content-type': 'text/html' },
  body: '<html>Welcome</html>',
} as const

export const isSuccess = (status: number): boolean => status >= 200 && status < 300
