import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createLeanMews, type LeanMews } from './lean-mews.ts'

/** How many reactions Slack was asked for, and how many it refused. */
export interface Reactions {
  readonly asked: number
  readonly refused: number
}

/** Mews, and Slack's Web API, on one port. */
export interface OutsideServer {
  readonly port: number
  readonly mews: LeanMews
  /** Of all connectors together. */
  readonly reactions: () => Reactions
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
  const reactions = createReactionLimits(Date.now)
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const path = request.url ?? ''
      response.setHeader('content-type', 'application/json')
      if (reactions.allow(path)) return response.end(JSON.stringify(answer(path, body)))
      response.writeHead(429, { 'retry-after': '30' })
      return response.end(JSON.stringify({ ok: false, error: 'ratelimited' }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const { port } = server.address() as AddressInfo
  return {
    port,
    mews,
    reactions: reactions.counts,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** How often each method may be called in a minute: tiers 3 and 2 (https://docs.slack.dev/apis/web-api/rate-limits). */
const perMinute: Readonly<Record<string, number>> = { 'reactions.add': 50, 'reactions.remove': 20 }

/** Slack's limits for reactions, as for one workspace. */
const createReactionLimits = (now: () => number) => {
  const taken = new Map<string, number[]>()
  let asked = 0
  let refused = 0
  return {
    allow: (path: string): boolean => {
      const method = path.slice(path.lastIndexOf('/') + 1)
      const limit = perMinute[method]
      if (limit === undefined) return true
      asked += 1
      const times = (taken.get(method) ?? []).filter((time) => time > now() - 60_000)
      taken.set(method, times)
      if (times.length >= limit) {
        refused += 1
        return false
      }
      times.push(now())
      return true
    },
    counts: (): Reactions => ({ asked, refused }),
  }
}
