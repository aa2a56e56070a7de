import { createServer } from 'node:net'

/**
 * Ports below those that systems give to outgoing connections: nobody takes one while it is not listened on for a moment.
 * Servers of this process have others than programs, which are told theirs before they start.
 */
const ranges = { program: 20_000, server: 26_000 } as const
const rangeSize = 6_000
/** Where this process begins; it takes none twice, since connections to a server that has ended may be kept. */
let next = Math.floor(Math.random() * rangeSize)

const isTaken = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'

const tryPorts = async (
  range: keyof typeof ranges,
  listen: (port: number) => Promise<void>,
): Promise<number> => {
  for (;;) {
    const port = ranges[range] + (next % rangeSize)
    next += 1
    try {
      await listen(port)
      return port
    } catch (error) {
      if (!isTaken(error)) throw error
    }
  }
}

/** Listens on any port that is free; resolves with it. */
export const listenAnywhere = (listen: (port: number) => Promise<void>): Promise<number> =>
  tryPorts('server', listen)

/** A port for a program that is to be started, again and again. */
export const freePort = (): Promise<number> =>
  tryPorts(
    'program',
    (port) =>
      new Promise((resolve, reject) => {
        const server = createServer().once('error', reject)
        server.listen(port, '127.0.0.1', () => server.close(() => resolve()))
      }),
  )
