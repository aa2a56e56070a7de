import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** How much and how long one client may ask for; times in milliseconds. */
export interface HttpLimits {
  /** The largest body of routes that name no limit of their own, in bytes. */
  readonly bodyBytes: number
  /** How much of bodies may be held in memory over all requests, in bytes: what comes beyond it is refused, to be sent again. */
  readonly heldBytes: number
  /** How many connections there may be; for one more, one that waits for its client is closed. */
  readonly connections: number
  /** How long a body may take to arrive. */
  readonly bodyMs: number
  /** How long the request line and headers may take to arrive. */
  readonly headersMs: number
  /** How long a connection in use may be silent, and an unused one stay open: longer than load balancers keep theirs. */
  readonly idleMs: number
  /** How long `close` still takes requests, while `/readyz` says no: load balancers need a moment to notice. */
  readonly drainMs: number
  /** How long `close` waits for requests in flight. */
  readonly closeMs: number
  /** How long the rest of a refused body is read and thrown away, so that the client sees why it was refused. */
  readonly lingerMs: number
}

export const defaultLimits: HttpLimits = {
  bodyBytes: 1024 * 1024,
  heldBytes: 64 * 1024 * 1024,
  connections: 4_096,
  bodyMs: 15_000,
  headersMs: 15_000,
  idleMs: 75_000,
  drainMs: 0,
  closeMs: 4_000,
  lingerMs: 1_000,
}

/** How much of bodies is held in memory, over all requests together. */
export interface Room {
  /** Counts bytes that are held from now on. Where they are too many, slow bodies are given up; false when that is not enough. */
  add(bytes: number): boolean
  free(bytes: number): void
  /** What gives up each body that keeps others waiting for its rest, the oldest first; each frees at once what it held. */
  readonly slow: Set<() => void>
}

/**
 * Room for so many bytes. Platforms send their bodies at once. A client that holds back the rest of its body makes way for others, so that
 * none can keep all the room.
 */
export const createRoom = (bytes: number): Room => {
  const slow = new Set<() => void>()
  let held = 0
  return {
    slow,
    add: (more) => {
      held += more
      if (held <= bytes) return true
      for (const giveUp of slow) {
        giveUp()
        if (held <= bytes) return true
      }
      return false
    },
    free: (less) => {
      held -= less
    },
  }
}

/** The connections of a server, limited in number. */
export interface Connections {
  /**
   * A connection brings a request, which this response answers. False when it brings too many before they are answered: then it is
   * closed.
   */
  serving(response: ServerResponse): boolean
}

/** Platforms and proxies wait for an answer before they ask again. A client that does not, and reads no answers, would fill the memory with them. */
const mostUnanswered = 16

/**
 * Keeps a server's connections at `most`. Where a new one is too many, an old one that waits for its client makes way: it has no
 * request, or one that has not come completely. The address with the most connections loses it, so that one client cannot keep
 * the others out; a proxy that brings them all shares its own. When every connection waits for us, the new one is closed.
 */
export const limitConnections = (server: Server, most: number): Connections => {
  const byAddress = new Map<string, Set<Socket>>()
  const responses = new WeakMap<Socket, ServerResponse>()
  const overlapping = new WeakMap<Socket, readonly ServerResponse[]>()
  let count = 0

  server.on('connection', (socket) => {
    const address = addressOf(socket)
    const known = byAddress.get(address) ?? new Set()
    byAddress.set(address, known.add(socket))
    count += 1
    socket.once('close', () => {
      count -= 1
      known.delete(socket)
      if (known.size === 0 && byAddress.get(address) === known) byAddress.delete(address)
    })
    if (count > most) (findWaiting(byAddress, socket, responses) ?? socket).destroy()
  })

  return {
    serving: (response) => {
      const { socket } = response.req
      if (socket.destroyed) return false
      const before = responses.get(socket)
      responses.set(socket, response)
      if (before === undefined || before.writableFinished) return true
      const earlier = overlapping.get(socket) ?? [before]
      const unanswered = [...earlier.filter((one) => !one.writableFinished), response]
      overlapping.set(socket, unanswered)
      if (unanswered.length > mostUnanswered) socket.destroy()
      return !socket.destroyed
    },
  }
}

/** An IPv6 client usually has all addresses of a /64. */
function addressOf({ remoteAddress = '' }: Socket): string {
  if (!remoteAddress.includes(':') || remoteAddress.startsWith('::ffff:')) return remoteAddress
  return remoteAddress.split(':').slice(0, 4).join(':')
}

/** The oldest connection that waits for its client, of the address that has the most where it has one. */
function findWaiting(
  byAddress: ReadonlyMap<string, ReadonlySet<Socket>>,
  newest: Socket,
  responses: WeakMap<Socket, ServerResponse>,
): Socket | undefined {
  const isWaiting = (socket: Socket): boolean => {
    if (socket === newest || socket.destroyed) return false
    const response = responses.get(socket)
    return response === undefined || response.writableFinished || !response.req.complete
  }
  const oldest = (sockets: ReadonlySet<Socket>): Socket | undefined => {
    for (const socket of sockets) if (isWaiting(socket)) return socket
    return undefined
  }
  // To sort many addresses for each new connection would be work that strangers give us: nearly always the largest is enough.
  const found = oldest(largest(byAddress.values()))
  if (found !== undefined) return found
  const others = [...byAddress.values()].toSorted((left, right) => right.size - left.size)
  for (const sockets of others) {
    const waiting = oldest(sockets)
    if (waiting !== undefined) return waiting
  }
  return undefined
}

function largest(all: Iterable<ReadonlySet<Socket>>): ReadonlySet<Socket> {
  let most: ReadonlySet<Socket> = new Set()
  for (const sockets of all) if (sockets.size > most.size) most = sockets
  return most
}
