import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { WebSocketServer, type WebSocket } from 'ws'
import type { FakeAnswer } from '../server.ts'
import type { SlackTarget } from './events.ts'

/** Slack's side of Socket Mode (https://docs.slack.dev/apis/events-api/using-socket-mode). */
export interface FakeSockets {
  /** `apps.connections.open`: for the app-level token an address that is good once. */
  open(authorization: string | undefined): FakeAnswer
  /** For `slack.connect` and `slack.deliver`: events go over a connection, and an acknowledgement is a 200. */
  readonly target: SlackTarget
  /** Sends an envelope over the newest connection; whether it was acknowledged before that ended or Slack lost patience. */
  send(type: string, payload: unknown): Promise<boolean>
  /** Sends any text over every connection. */
  say(text: string): void
  /** How many connections stand. */
  count(): number
  /** How many there have been. */
  opened(): number
  /** Ends every connection without a word. */
  cut(): void
  /** From now on Slack greets no more, or does again. */
  greet(greets: boolean): void
  close(): Promise<void>
}

export const fakeAppToken = 'xapp-1-A0HOTEL1-fake'

const patienceMs = 3000

/** Resolves with true once it holds, with false when that takes too long. */
const soon = async (holds: () => boolean): Promise<boolean> => {
  for (const end = performance.now() + patienceMs; !holds(); await pause(5))
    if (performance.now() > end) return false
  return true
}

export const createFakeSockets = async (): Promise<FakeSockets> => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const tickets = new Set<string>()
  const acknowledged = new Set<string>()
  const standing: WebSocket[] = []
  let serial = 0
  let opened = 0
  let greets = true

  server.on('connection', (socket, { url = '' }) => {
    if (!tickets.delete(url.slice(1))) return socket.close(1008)
    opened += 1
    standing.push(socket)
    socket.on('close', () => standing.splice(standing.indexOf(socket), 1))
    socket.on('error', () => {})
    socket.on('message', (data: Buffer) => {
      const { envelope_id: id } = JSON.parse(data.toString()) as { readonly envelope_id: string }
      acknowledged.add(id)
    })
    if (greets) socket.send(JSON.stringify({ type: 'hello', num_connections: standing.length }))
    return undefined
  })

  const send: FakeSockets['send'] = async (type, payload) => {
    if (!(await soon(() => standing.length > 0))) return false
    const socket = standing.at(-1)
    serial += 1
    const id = `envelope-${serial}`
    socket?.send(JSON.stringify({ envelope_id: id, type, payload, accepts_response_payload: false }))
    await soon(() => acknowledged.has(id) || socket?.readyState !== socket?.OPEN)
    return acknowledged.has(id)
  }

  return {
    open: (authorization) => {
      if (authorization !== `Bearer ${fakeAppToken}`)
        return { status: 200, body: { ok: false, error: 'invalid_auth' } }
      serial += 1
      tickets.add(`ticket-${serial}`)
      return { status: 200, body: { ok: true, url: `ws://127.0.0.1:${port}/ticket-${serial}` } }
    },
    target: async ({ body }) => ({
      status: (await send('events_api', JSON.parse(body.toString()))) ? 200 : 0,
    }),
    send,
    say: (text) => {
      for (const socket of standing) socket.send(text)
    },
    count: () => standing.length,
    opened: () => opened,
    cut: () => {
      for (const socket of standing) socket.terminate()
    },
    greet: (does) => {
      greets = does
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of server.clients) socket.terminate()
        server.close(() => resolve())
      }),
  }
}
