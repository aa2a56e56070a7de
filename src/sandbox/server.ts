import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Log, WebhookRequest, WebhookResponse } from '../port.ts'
import { failureCode } from '../util/failure.ts'
import { ownPageHeaders } from '../util/html.ts'

/** A server on loopback. */
export interface LoopbackServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  /** Tells every page that follows that something changed. */
  announce(): void
  /** Stops listening and ends every connection. */
  close(): Promise<void>
}

export interface LoopbackServerOptions {
  /** 0 takes any free port. */
  readonly port: number
  /** Where pages follow announcements, as server-sent events. */
  readonly eventsPath: string
  readonly handle: (request: WebhookRequest) => Promise<WebhookResponse>
  readonly log: Log
}

/** A batch of 1000 messages for Mews stays below it. */
const bodyLimit = 16 * 1024 * 1024

const pageHeaders = {
  'cache-control': 'no-store',
  ...ownPageHeaders,
  'x-content-type-options': 'nosniff',
}

/** Serves plain records over HTTP on 127.0.0.1, to this computer alone. */
export const createLoopbackServer = async (options: LoopbackServerOptions): Promise<LoopbackServer> => {
  const followers = new Set<ServerResponse>()
  let announced = false

  const follow = (response: ServerResponse): void => {
    response.writeHead(200, { ...pageHeaders, 'content-type': 'text/event-stream' })
    response.write('retry: 1000\n\n')
    followers.add(response)
    response.on('close', () => followers.delete(response))
  }

  const answer = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = await readRequest(message)
    if (request === undefined) return write(response, { status: 413, headers: { connection: 'close' } })
    const refusal = refuseStrangers(request)
    if (refusal !== undefined) return write(response, refusal)
    if (request.method === 'GET' && request.path === options.eventsPath) return follow(response)
    write(response, await options.handle(request))
  }

  const server = createServer((message, response) => {
    answer(message, response).catch((error: unknown) => {
      options.log.error({ code: failureCode(error) }, 'sandbox: a request failed')
      if (response.headersSent) response.destroy()
      else write(response, { status: 500, body: 'The sandbox failed to answer this.\n' })
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, '127.0.0.1', resolve)
  })

  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    announce: () => {
      if (announced) return
      announced = true
      queueMicrotask(() => {
        announced = false
        for (const follower of followers) follower.write('data: changed\n\n')
      })
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const follower of followers) follower.end()
        followers.clear()
        server.closeAllConnections()
      }),
  }
}

const loopback: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]'])

const forbidden: WebhookResponse = {
  status: 403,
  body: 'This is only for pages and programs of this computer.\n',
}

/** Resolves with undefined for a body above the limit. */
const readRequest = async (message: IncomingMessage): Promise<WebhookRequest | undefined> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of message.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > bodyLimit) return undefined
    chunks.push(chunk)
  }
  const [path = '/', query = ''] = (message.url ?? '/').split('?', 2)
  return {
    method: message.method ?? 'GET',
    path,
    query,
    headers: message.headers,
    body: Buffer.concat(chunks),
  }
}

const write = (response: ServerResponse, answer: WebhookResponse): void => {
  response.writeHead(answer.status, {
    'content-type': 'text/plain; charset=utf-8',
    ...pageHeaders,
    ...answer.headers,
  })
  response.end(answer.body)
}

/**
 * Refuses what other websites may make a browser send here: requests under another host's name (DNS rebinding), and
 * posts that come from a page of another origin. Programs that are no browser send neither header and pass.
 */
const refuseStrangers = ({ method, headers }: WebhookRequest): WebhookResponse | undefined => {
  const host = single(headers['host']) ?? ''
  if (!loopback.has(host.replace(/:\d+$/, ''))) return forbidden
  if (method === 'GET') return undefined
  const origin = single(headers['origin'])
  if (origin !== undefined && origin !== `http://${host}`) return forbidden
  const site = single(headers['sec-fetch-site'])
  return site === undefined || site === 'same-origin' || site === 'none' ? undefined : forbidden
}

const single = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined
