import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { failureCode } from '../../../src/util/failure.ts'

/** One request that went through, in milliseconds since 1970; status 0 where it got no answer. */
export interface Passed {
  readonly at: number
  readonly ms: number
  readonly status: number
}

/** Passes requests on to whoever listens, as a load balancer does. */
export interface Balancer {
  /** Without a trailing slash. */
  readonly url: string
  readonly passed: readonly Passed[]
  close(): Promise<void>
}

/** Headers that belong to one connection. */
const ofConnection: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'keep-alive',
])

const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** Each request goes to the next of the targets; to the one behind it when that one does not listen. */
export const createBalancer = async (targets: () => readonly string[]): Promise<Balancer> => {
  const passed: Passed[] = []
  let turn = 0

  const forward = async (request: IncomingMessage, body: Buffer): Promise<Response> => {
    const headers = Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
      ofConnection.has(name) || value === undefined ? [] : [[name, String(value)]],
    )
    const { method = 'GET', url = '/' } = request
    const sent: RequestInit = { method, headers, redirect: 'manual' }
    if (method !== 'GET') sent.body = new Uint8Array(body)
    const all = targets()
    turn += 1
    for (let tried = 0; ; tried += 1) {
      try {
        return await fetch(`${all[(turn + tried) % all.length]}${url}`, sent)
      } catch (error) {
        if (failureCode(error) !== 'ECONNREFUSED' || tried >= all.length - 1) throw error
      }
    }
  }

  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request)
    const at = Date.now()
    let status = 0
    try {
      const answer = await forward(request, body)
      const text = Buffer.from(await answer.arrayBuffer())
      const headers = [...answer.headers].filter(
        ([name]) => !ofConnection.has(name) && name !== 'content-encoding',
      )
      status = answer.status
      response.writeHead(status, Object.fromEntries(headers))
      response.end(text)
    } catch {
      response.destroy()
    }
    passed.push({ at, ms: Date.now() - at, status })
  }

  const server = createServer(
    (request, response) => void pass(request, response).catch(() => response.destroy()),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    passed,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
