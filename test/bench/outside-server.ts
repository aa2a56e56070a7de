import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createLeanMews, type LeanMews } from './lean-mews.ts'

/** Mews, and Slack's Web API, on one port. */
export interface OutsideServer {
  readonly port: number
  readonly mews: LeanMews
  close(): void
}

const readBody = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

/** Starts them; `onAdded` is called whenever messages have come. */
export const startOutsideServer = async (onAdded: () => void): Promise<OutsideServer> => {
  const mews = createLeanMews(Date.now)
  const answer = (path: string, body: string): unknown => {
    const [, operation] = /^\/api\/connector\/v1\/(.+)$/.exec(path) ?? []
    if (operation === undefined) return { ok: true, user: { id: 'U0', name: 'guest', real_name: 'A Guest' } }
    const answered = mews.answer(operation, JSON.parse(body) as Readonly<Record<string, unknown>>)
    if (operation === 'messages/add') onAdded()
    return answered
  }
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      response.setHeader('content-type', 'application/json')
      return response.end(JSON.stringify(answer(request.url ?? '', body)))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const { port } = server.address() as AddressInfo
  return {
    port,
    mews,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
