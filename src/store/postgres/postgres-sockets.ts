import { Socket } from 'node:net'

/** The sockets of a database's connections, so that those on which nothing is heard any more can be ended. */
export interface Sockets {
  readonly open: () => Socket
  /** Ends every connection at once, and those that are made later. */
  readonly cut: () => void
}

export const createSockets = (): Sockets => {
  const standing = new Set<Socket>()
  let isCut = false
  return {
    open: () => {
      const socket = new Socket()
      standing.add(socket)
      socket.once('close', () => standing.delete(socket))
      if (isCut) setImmediate(() => socket.destroy())
      return socket
    },
    cut: () => {
      isCut = true
      for (const socket of standing) socket.destroy()
    },
  }
}
