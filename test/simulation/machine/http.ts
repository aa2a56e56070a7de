import { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { createHandler, type Handler } from '../../../src/http/handle.ts'
import { createRoom, defaultLimits } from '../../../src/http/limits.ts'
import type { HttpServer, HttpServerOptions } from '../../../src/http/server.ts'
import type { FakeAnswer, FakeRequest } from '../../fakes/server.ts'
import type { Handle } from './network.ts'

/** How a server becomes reachable; returns how to end that. */
export type Listen = (handle: Handle) => () => void

/**
 * The program's handlers behind no socket: bodies are read and answers written by the program's own code. restify's router, its guards and
 * Node's HTTP parser are left out.
 */
export const createMemoryHttpServer =
  (listen: Listen) =>
  ({ routes, clock, log }: HttpServerOptions): HttpServer => {
    const closing = new AbortController()
    const context = {
      limits: defaultLimits,
      room: createRoom(defaultLimits.heldBytes),
      onCrowded: () => {},
      closing: closing.signal,
      clock,
      log,
    }
    let handlers: ReadonlyMap<string, Handler> = new Map()
    const setRoutes: HttpServer['setRoutes'] = (given) => {
      handlers = new Map(
        given.map((route) => [`${route.method} ${route.path}`, createHandler(route, context)]),
      )
    }
    let unlisten: (() => void) | undefined
    const inHand = new Set<Promise<unknown>>()

    const handle: Handle = (request) => {
      const handler = handlers.get(`${request.method} ${request.path}`)
      const answering = handler === undefined ? Promise.resolve({ status: 404 }) : answer(handler, request)
      inHand.add(answering)
      void answering.finally(() => inHand.delete(answering))
      return answering
    }
    setRoutes(routes)
    return {
      listen: async () => {
        unlisten = listen(handle)
        return { address: 'memory' }
      },
      setRoutes,
      setReady: () => {},
      close: async () => {
        unlisten?.()
        closing.abort()
        const waited = new AbortController()
        await Promise.race([Promise.all(inHand), clock.sleep(defaultLimits.closeMs, waited.signal)])
        waited.abort()
      },
    }
  }

/** Lets a handler answer one request. */
function answer(handler: Handler, request: FakeRequest): Promise<FakeAnswer> {
  return new Promise((resolve) => {
    const { method, path, query, headers, body } = request
    const message = Object.assign(Readable.from(body === '' ? [] : [Buffer.from(body)]), {
      method,
      url: path,
      headers,
      rawHeaders: [],
    })
    const response = createResponse(message as unknown as IncomingMessage, resolve)
    void handler(message as unknown as IncomingMessage, response, { path, query: query.toString() })
  })
}

/** As much of Node's response as handlers use. */
function createResponse(req: IncomingMessage, done: (answer: FakeAnswer) => void): ServerResponse {
  const headers: Record<string, string> = {}
  let text = ''
  const response = Object.assign(new EventEmitter(), {
    req,
    statusCode: 200,
    headersSent: false,
    shouldKeepAlive: true,
    setHeader: (name: string, value: string): void => void (headers[name.toLowerCase()] = value),
    getHeaderNames: (): readonly string[] => Object.keys(headers),
    removeHeader: (name: string): void => void delete headers[name.toLowerCase()],
    writeHead: (status: number, more: Readonly<Record<string, string>>): void => {
      response.statusCode = status
      Object.assign(headers, more)
    },
    write: (part: string): boolean => {
      response.headersSent = true
      text += part
      return true
    },
    end: (part = ''): void => {
      response.headersSent = true
      done({ status: response.statusCode, headers, body: text + part })
    },
    destroy: (): void => done({ status: 500 }),
    flushHeaders: (): void => {},
  })
  return response as unknown as ServerResponse
}
