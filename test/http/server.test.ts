import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import type { Clock, Route } from '../../src/port.ts'
import { startServer } from './server.ts'
import { exchange, statusesOf } from './wire.ts'

/** A route whose answer waits until it is told to finish. */
const slow = (): { route: Route; begun: Promise<void>; finish: () => void } => {
  const begun = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  const handle = async (): Promise<{ status: number }> => {
    begun.resolve()
    await gate.promise
    return { status: 204 }
  }
  return {
    route: { method: 'POST', path: '/slow', handle },
    begun: begun.promise,
    finish: () => gate.resolve(),
  }
}
describe('routing', () => {
  it('gives a route the raw body, the path, the query and the headers', async () => {
    const { address, seen } = await startServer()
    const body = Buffer.from([0x7b, 0xff, 0x00, 0x0d, 0x0a])
    const response = await fetch(`${address}/hook?Token=a%20b`, {
      method: 'POST',
      body,
      headers: { 'X-Signature': 'v0=1' },
    })
    expect(response.status).toBe(204)
    expect(seen).toHaveLength(1)
    expect(seen[0]).toMatchObject({ method: 'POST', path: '/hook', query: 'Token=a%20b', body })
    expect(seen[0]?.headers['x-signature']).toBe('v0=1')
  })

  it('answers what the route answers, without a server banner', async () => {
    const { address } = await startServer()
    const response = await fetch(`${address}/page`)
    expect(response.status).toBe(200)
    expect(await response.text()).toBe('<p>page</p>')
    expect(response.headers.get('content-type')).toBe('text/html')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.get('server')).toBeNull()
  })

  it('answers HEAD where there is GET, without a body', async () => {
    const { address } = await startServer()
    const response = await fetch(`${address}/page`, { method: 'HEAD' })
    expect(response.status).toBe(200)
    expect(await response.text()).toBe('')
  })

  it('answers 404 for other paths and 405 for other methods, with constant bodies', async () => {
    const { address } = await startServer()
    const missing = await fetch(`${address}/<script>`)
    expect([missing.status, await missing.text()]).toEqual([404, '{"error":"Not Found"}'])
    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS', 'PURGE']) {
      const wrong = await fetch(`${address}/hook`, { method })
      expect([wrong.status, await wrong.text()]).toEqual([405, '{"error":"Method Not Allowed"}'])
      expect(wrong.headers.get('allow')).toBe('POST')
    }
  })

  it('takes long parameters in a path', async () => {
    const route: Route = { method: 'GET', path: '/thing/:id', handle: async () => ({ status: 204 }) }
    const { address } = await startServer({}, undefined, [route])
    expect((await fetch(`${address}/thing/${'x'.repeat(600)};a=1`)).status).toBe(204)
  })
})

describe('other routes', () => {
  it('count from the next request on; one in hand is answered by the route that took it', async () => {
    const { route, begun, finish } = slow()
    const { server, address } = await startServer({}, undefined, [route])
    const answer = fetch(`${address}/slow`, { method: 'POST' })
    await begun
    const next: Route = { method: 'POST', path: '/slow', handle: async () => ({ status: 202 }) }
    const added: Route = { method: 'GET', path: '/added', handle: async () => ({ status: 200 }) }
    server.setRoutes([next, added])
    expect((await fetch(`${address}/slow`, { method: 'POST' })).status).toBe(202)
    finish()
    expect((await answer).status).toBe(204)
    expect((await fetch(`${address}/added`)).status).toBe(200)
    expect((await fetch(`${address}/page`)).status).toBe(404)
    expect((await fetch(`${address}/healthz`)).status).toBe(200)
  })
})

describe('a route that fails', () => {
  const failing: Route = {
    method: 'POST',
    path: '/fails',
    handle: async () => {
      throw new Error('The table turn is broken.')
    },
  }

  it('is answered with a constant 500 and one line in the log, without the query', async () => {
    const { address, lines } = await startServer({}, undefined, [failing])
    const response = await fetch(`${address}/fails?Token=secret`, { method: 'POST' })
    expect([response.status, await response.text()]).toEqual([500, '{"error":"Internal Server Error"}'])
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('POST /fails')
    expect(lines[0]).not.toContain('secret')
  })

  it('is answered with 500 also when it throws at once, or answers with headers that HTTP does not allow', async () => {
    const throwing: Route = {
      ...failing,
      path: '/throws',
      handle: () => {
        throw new TypeError('no promise')
      },
    }
    const splitting: Route = {
      ...failing,
      path: '/splits',
      handle: async () => ({ status: 200, headers: { etag: 'x', location: '/\r\na: b' }, body: 'x' }),
    }
    const { address } = await startServer({}, undefined, [throwing, splitting])
    for (const path of ['/throws', '/splits']) {
      const response = await fetch(address + path, { method: 'POST' })
      expect(response.headers.get('etag')).toBeNull()
      expect([response.status, await response.text()]).toEqual([500, '{"error":"Internal Server Error"}'])
    }
  })
})

describe('health', () => {
  it('is alive at once, and ready when it was told so and the database answers', async () => {
    let isReachable = false
    const { server, address } = await startServer({}, async () => isReachable)
    const statusOf = async (path: string): Promise<number> => (await fetch(address + path)).status
    expect(await statusOf('/healthz')).toBe(200)
    expect(await statusOf('/readyz')).toBe(503)
    isReachable = true
    expect(await statusOf('/readyz')).toBe(200)
    server.setReady(false)
    expect(await statusOf('/readyz')).toBe(503)
    expect(await statusOf('/healthz')).toBe(200)
  })

  it('is not ready while asking the database fails', async () => {
    const { address } = await startServer({}, () => Promise.reject(new Error('no connection')))
    const response = await fetch(`${address}/readyz`)
    expect([response.status, await response.text()]).toEqual([503, 'not ready\n'])
  })
})

describe('closing', () => {
  it('says that it is not ready before it takes no more requests', async () => {
    const drained = Promise.withResolvers<void>()
    const drainMs = 1_234_567
    const clock: Clock = {
      ...systemClock,
      sleep: (ms, signal) => (ms === drainMs ? drained.promise : systemClock.sleep(ms, signal)),
    }
    const { server, address } = await startServer({ drainMs }, undefined, [], clock)
    const closed = server.close()
    expect((await fetch(`${address}/readyz`)).status).toBe(503)
    const taken = await fetch(`${address}/hook`, { method: 'POST', body: '{}' })
    expect([taken.status, taken.headers.get('connection')]).toEqual([204, 'close'])
    drained.resolve()
    await closed
    await expect(fetch(`${address}/healthz`)).rejects.toThrow('fetch failed')
  })

  const request = 'POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n'

  it('finishes what is in flight, then closes its connection and takes no new ones', async () => {
    const { route, begun, finish } = slow()
    const { server, address } = await startServer({ closeMs: 60_000 }, undefined, [route])
    const answer = exchange(address, request)
    await begun
    const closed = server.close()
    finish()
    expect(await answer).toMatch(/^HTTP\/1\.1 204 No Content\r\n[^]*connection: close/i)
    await closed
    await expect(fetch(`${address}/healthz`)).rejects.toThrow('fetch failed')
  })

  it('answers a request whose beginning had arrived, and then closes its connection', async () => {
    const { route, begun, finish } = slow()
    const { server, address } = await startServer({ closeMs: 60_000 }, undefined, [route])
    const rest = Promise.withResolvers<string>()
    const late = exchange(address, 'GET /healthz HTTP/1.1\r\nHos', rest.promise)
    const answer = exchange(address, request)
    await begun
    const closed = server.close()
    rest.resolve('t: a\r\n\r\n')
    expect(await late).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*connection: close/i)
    finish()
    expect(statusesOf(await answer)).toEqual([204])
    await closed
  })

  it('closes idle keep-alive connections at once', async () => {
    const { server, address } = await startServer({ closeMs: 60_000 })
    const answer = exchange(address, 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n')
    await expect.poll(async () => (await fetch(`${address}/healthz`)).status).toBe(200)
    await server.close()
    expect(statusesOf(await answer)).toEqual([200])
  })

  it('does not wait longer than the limit for a request that never ends', async () => {
    const { route, begun } = slow()
    const { server, address } = await startServer({ closeMs: 50 }, undefined, [route])
    const answer = exchange(address, request).catch(() => '')
    await begun
    await server.close()
    expect(await answer).toBe('')
  })

  it('can be called twice, and on a server that never listened', async () => {
    const { server } = await startServer()
    await server.close()
    await expect(server.close()).resolves.toBeUndefined()
  })

  it('says when the port is taken', async () => {
    const { address } = await startServer()
    const second = await startServer()
    await expect(second.server.listen(Number(new URL(address).port), '127.0.0.1')).rejects.toThrow(Error)
  })
})
