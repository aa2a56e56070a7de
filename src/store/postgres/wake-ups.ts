import { Client, type ClientConfig, type Notification } from 'pg'
import type { Clock } from '../../port.ts'

/** Tells the other processes on a database that something may be claimable, and hears it from them. */
export interface WakeUps {
  /** Tells of groups; at most one message is on its way, what comes meanwhile goes with the next. */
  send(groups: Iterable<string>): void
  /** Calls back with what other processes told of. */
  receive(listener: (group: string) => void): void
  close(): Promise<void>
}

const channel = 'mews_chat'
/** The pause between two attempts to connect. Waiting workers poll by themselves meanwhile. */
const reconnectMs = 1_000
/** Notifying transactions wait for each other on the whole server, so they are kept few. */
const pauseMs = 20

/** Wake-ups over LISTEN and NOTIFY, on a connection of their own that is made anew whenever it breaks. */
export const createWakeUps = (connection: ClientConfig, clock: Clock): WakeUps => {
  const listeners = new Set<(group: string) => void>()
  const closing = new AbortController()
  const waiting = new Set<string>()
  let client: Client | undefined
  let sending: Promise<void> | undefined

  const hear = ({ processId, payload = '' }: Notification, own: Client): void => {
    if (processId === readProcessId(own)) return
    for (const listener of listeners) listener(payload)
  }

  /** Listens until the connection breaks. */
  const listen = async (): Promise<void> => {
    const current = new Client(connection)
    const broken = new Promise<void>((resolve) => {
      current.once('error', () => resolve())
      current.once('end', () => resolve())
    })
    try {
      current.on('notification', (notification) => hear(notification, current))
      await current.connect()
      await current.query(`listen ${channel}`)
      client = current
      await Promise.race([broken, aborted(closing.signal)])
    } finally {
      client = undefined
      await current.end().catch(() => {})
    }
  }

  const keepListening = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      await listen().catch(() => {})
      await clock.sleep(reconnectMs, closing.signal)
    }
  }

  const flush = async (): Promise<void> => {
    while (waiting.size > 0) {
      const groups = [...waiting]
      waiting.clear()
      // A lost message only delays work until the next poll.
      await client
        ?.query(`select pg_notify('${channel}', value) from unnest($1::text[]) as value`, [groups])
        .catch(() => {})
      await clock.sleep(pauseMs, closing.signal)
    }
    sending = undefined
  }

  const listening = keepListening()
  return {
    send: (groups) => {
      for (const group of groups) waiting.add(group)
      if (waiting.size > 0) sending ??= flush()
    },
    receive: (listener) => void listeners.add(listener),
    close: async () => {
      closing.abort()
      await sending
      await listening
    },
  }
}

/** The number of the server's process behind a connection, by which a notification names its sender. */
const readProcessId = (client: Client): unknown => Reflect.get(client, 'processID')

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
