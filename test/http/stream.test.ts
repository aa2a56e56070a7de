import { describe, expect, it, vi } from 'vitest'
import type { Route } from '../../src/port.ts'
import { patience } from '../fakes/clock.ts'
import { startServer } from './server.ts'

const createEndless = () => {
  const left: AbortSignal[] = []
  const route: Route = {
    method: 'GET',
    path: '/endless',
    handle: async () => ({
      status: 200,
      headers: { 'content-type': 'text/event-stream' },
      stream: async function* (signal) {
        left.push(signal)
        yield 'first'
        await new Promise((resolve) => {
          signal.addEventListener('abort', resolve)
        })
      },
    }),
  }
  return { route, left }
}

describe('a stream', () => {
  it('is sent as it comes, and ends at once when the server closes', async () => {
    const { route, left } = createEndless()
    const { address, server } = await startServer({ closeMs: 60_000 }, undefined, [route])
    const response = await fetch(`${address}/endless`)
    const reader = response.body?.getReader()
    expect(String(Buffer.from((await reader?.read())?.value ?? []))).toBe('first')
    expect(left[0]?.aborted).toBe(false)
    await server.close()
    expect((await reader?.read())?.done).toBe(true)
  })

  it('is told when its reader leaves', async () => {
    const { route, left } = createEndless()
    const { address } = await startServer({}, undefined, [route])
    const leaving = new AbortController()
    await fetch(`${address}/endless`, { signal: leaving.signal })
    leaving.abort()
    await vi.waitFor(() => expect(left[0]?.aborted).toBe(true), patience)
  })

  it('is not begun for who asks for headers only', async () => {
    const { route, left } = createEndless()
    const { address } = await startServer({}, undefined, [route])
    expect((await fetch(`${address}/endless`, { method: 'HEAD' })).status).toBe(200)
    expect(left).toEqual([])
  })

  it('that the closing server cuts short breaks off, too', async () => {
    const route: Route = {
      method: 'GET',
      path: '/long',
      handle: async () => ({
        status: 200,
        stream: async function* () {
          for (;;) yield 'x'.repeat(1024 * 1024)
        },
      }),
    }
    const { address, server } = await startServer({}, undefined, [route])
    const response = await fetch(`${address}/long`)
    const reader = response.body?.getReader()
    await reader?.read()
    const closed = server.close()
    const rest = async (): Promise<void> => {
      while ((await reader?.read())?.done === false);
    }
    await expect(rest()).rejects.toThrow(/terminated|aborted/)
    await closed
  })

  it('waits for a reader that is slow', async () => {
    let made = 0
    const route: Route = {
      method: 'GET',
      path: '/long',
      handle: async () => ({
        status: 200,
        stream: async function* () {
          for (; made < 64; made += 1) yield 'x'.repeat(1024 * 1024)
        },
      }),
    }
    const { address } = await startServer({}, undefined, [route])
    const response = await fetch(`${address}/long`)
    const reader = response.body?.getReader()
    let read = 0
    for (;;) {
      const { value, done = true } = (await reader?.read()) ?? {}
      if (done) break
      read += value?.length ?? 0
      // What lies in between: the system's buffers, and one piece on each side.
      expect(made - read / 1024 / 1024).toBeLessThan(24)
    }
    expect(read).toBe(64 * 1024 * 1024)
  })

  it('that fails breaks off, so that nobody takes it for complete', async () => {
    const route: Route = {
      method: 'GET',
      path: '/breaks',
      handle: async () => ({
        status: 200,
        stream: async function* () {
          yield 'first'
          throw new Error('away')
        },
      }),
    }
    const { address, lines } = await startServer({}, undefined, [route])
    const response = await fetch(`${address}/breaks`)
    await expect(response.text()).rejects.toThrow(/terminated|aborted|fetch failed/)
    expect(lines).toHaveLength(1)
  })
})
