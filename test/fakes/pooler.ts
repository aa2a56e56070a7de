import { connect, createServer, type Socket } from 'node:net'
import { listenAnywhere } from './port.ts'

/** Stands before a PostgreSQL server as poolers do: everything goes through, but nobody who listens ever hears. */
export interface FakePooler {
  /** The same address, through the pooler. */
  through(url: string): string
  /** From now on nothing comes through, in neither direction, though connections stand; `false`: what was held goes on its way. */
  hold(held: boolean): void
  /** How often somebody meant to listen. */
  readonly swallowed: number
  close(): Promise<void>
}

const listening = 'listen mews_chat'
/** As long, so that the lengths of the messages hold. */
const nothing = 'select 123456789'

export const createFakePooler = async (server: string): Promise<FakePooler> => {
  const { hostname, port } = new URL(server)
  const sockets = new Set<Socket>()
  let swallowed = 0
  let waiting: (() => void)[] | undefined
  const pass = (go: () => void): void => {
    if (waiting === undefined) go()
    else waiting.push(go)
  }
  const pooler = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      from.on('error', () => {})
      from.on('close', () => to.destroy())
    }
    client.on('data', (data) => {
      const text = data.toString('latin1')
      if (text.includes(listening)) swallowed += 1
      const bytes = Buffer.from(text.replaceAll(listening, nothing), 'latin1')
      pass(() => upstream.write(bytes))
    })
    upstream.on('data', (data) => pass(() => client.write(data)))
  })
  const taken = await listenAnywhere(
    (free) =>
      new Promise((resolve, reject) => {
        pooler.once('error', reject)
        pooler.listen(free, '127.0.0.1', () => resolve())
      }),
  )
  return {
    through: (url) => url.replace(`:${port}`, `:${taken}`),
    hold: (held) => {
      const kept = waiting ?? []
      waiting = held ? kept : undefined
      if (!held) for (const go of kept) go()
    },
    get swallowed() {
      return swallowed
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => pooler.close(() => resolve()))
    },
  }
}
