import { connect, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Route } from '../../src/port.ts'
import { startServer } from './server.ts'

const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.once('close', () => resolve())
  })

/** A client's connection that may come from another loopback address, with all that was answered on it. */
const open = async (address: string, from = '127.0.0.1') => {
  const socket = connect({ port: Number(new URL(address).port), host: '127.0.0.1', localAddress: from })
  onTestFinished(() => void socket.destroy())
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1')
  })
  socket.on('error', () => {})
  await new Promise((resolve) => socket.once('connect', resolve))
  return { socket, ended: closed(socket), answered: () => text }
}

const openMany = async (address: string, count: number, from?: string) => {
  const opened = []
  for (let index = 0; index < count; index += 1) opened.push(await open(address, from))
  return opened
}

const get = 'GET /page HTTP/1.1\r\nHost: a\r\n\r\n'

const statusAfter = async (address: string): Promise<number> => {
  const response = await fetch(`${address}/page`, { headers: { connection: 'close' } })
  await response.text()
  return response.status
}

describe('more connections than there may be', () => {
  it.each([
    ['that never say anything', ''],
    ['that hold back their headers', 'GET /page HTTP/1.1\r\nHost: a\r\n'],
    ['that hold back a body', 'POST /hook HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n123'],
    ['that were answered and stay open', get],
  ])('closes the oldest of those %s, and answers the new one', async (_, bytes) => {
    const { address } = await startServer({ connections: 3 })
    const silent = await openMany(address, 3)
    for (const { socket } of silent) socket.write(bytes)
    const awaited = bytes === get ? '<p>page</p>' : ''
    await expect.poll(() => silent.every(({ answered }) => answered().includes(awaited))).toBe(true)
    expect(await statusAfter(address)).toBe(200)
    await silent[0]?.ended
    expect(silent.filter(({ socket }) => socket.closed)).toHaveLength(1)
  })

  it('closes none whose request is being worked on', async () => {
    const working = Promise.withResolvers<void>()
    const slow: Route = {
      method: 'GET',
      path: '/slow',
      handle: async () => {
        started += 1
        await working.promise
        return { status: 200, body: 'done' }
      },
    }
    let started = 0
    const { address } = await startServer({ connections: 2 }, async () => true, [slow])
    const busy = await openMany(address, 2)
    for (const { socket } of busy) socket.write(get.replace('page', 'slow'))
    await expect.poll(() => started).toBe(2)
    const refused = await open(address)
    await refused.ended
    expect(refused.answered()).toBe('')
    working.resolve()
    await expect.poll(() => busy.every(({ answered }) => answered().endsWith('done'))).toBe(true)
  })

  // Other systems give the loopback interface one address only.
  it.runIf(process.platform === 'linux')('takes them from the address that has the most', async () => {
    const { address } = await startServer({ connections: 4 })
    const [guest] = await openMany(address, 1, '127.0.0.2')
    const [oldest] = await openMany(address, 3, '127.0.0.3')
    const more = await openMany(address, 6, '127.0.0.3')
    await oldest?.ended
    await Promise.all(more.slice(0, 3).map(({ ended }) => ended))
    expect(guest?.socket.closed).toBe(false)
    guest?.socket.write(get)
    await expect.poll(() => guest?.answered()).toContain('200 OK')
  })
})

describe('requests that do not wait for an answer', () => {
  it('are answered in order while they are few, however long that goes on', async () => {
    const { address } = await startServer()
    const { socket, answered } = await open(address)
    const count = () => answered().split('<p>page</p>').length - 1
    for (let round = 1; round <= 20; round += 1) {
      socket.write(get.repeat(10))
      await expect.poll(count).toBe(round * 10)
    }
    expect(socket.closed).toBe(false)
  })

  it('end their connection where they are many, and others are answered', async () => {
    const { address, seen } = await startServer()
    const { socket, ended } = await open(address)
    socket.write(get.repeat(1_000))
    await ended
    expect(seen.length).toBeLessThan(50)
    expect(await statusAfter(address)).toBe(200)
  })
})
