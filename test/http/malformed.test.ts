import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { startServer } from './server.ts'
import { exchange, statusesOf, writeAndLeave } from './wire.ts'

const get = (target: string, host = 'Host: a\r\n'): string =>
  `GET ${target} HTTP/1.1\r\n${host}Connection: close\r\n\r\n`

const post = (headers: string, body = ''): string =>
  `POST /hook HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${headers}\r\n\r\n${body}`

const chunk = (size: number): string => `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`

describe('requests that have no readable URL', () => {
  const hosts = ['a b', '[', '::', 'x:99999999', '%%', 'x/page?', 'u@h', 'a#', 'x\\y', '[::1', '\x01']
  it.each(hosts)('refuses the Host header %j and lives on', async (host) => {
    const { address, seen } = await startServer()
    expect(statusesOf(await exchange(address, get('/page', `Host: ${host}\r\n`)))).toEqual([400])
    expect(seen).toHaveLength(0)
    expect((await fetch(`${address}/healthz`)).status).toBe(200)
  })

  const targets = [
    'http://a:99999999/page',
    'http://',
    'http://a b/',
    '*',
    'ftp://a/page',
    'page',
    'http://[/page',
  ]
  it.each(targets)('refuses the target %j and lives on', async (target) => {
    const { address, seen } = await startServer()
    expect(statusesOf(await exchange(address, get(target)))).toEqual([400])
    expect(seen).toHaveLength(0)
    expect((await fetch(`${address}/healthz`)).status).toBe(200)
  })

  it.each(['/page?%', '/page?a=/../b', '/caf%C3%A9', '/a%20b', "/it's(a)*page!", `/${'x'.repeat(3000)}`])(
    'answers the odd but readable target %j',
    async (target) => {
      const { address } = await startServer()
      const [status] = statusesOf(await exchange(address, get(target)))
      expect([200, 404]).toContain(status)
      expect((await fetch(`${address}/healthz`)).status).toBe(200)
    },
  )

  it.each([
    '/%',
    '/%zz',
    '//',
    '//page',
    '/a//page',
    '//x:99999999/',
    '/page/../..',
    '/hook/../page',
    '/hook/%2e%2e/page',
    '/hook/.%2E/page',
    '/./page',
    '/\\',
    '/hook\\..\\page',
    '/%70age',
    '/p%61ge',
    '/pag%65',
    '/healthz/../page',
    '/page#x',
    '/page/.',
    'http://hotel.example/hook/../page',
    'http://hotel.example/%70age',
    'http://hotel.example//page',
    'http://hotel.example\\page',
    `/${'%'.repeat(3000)}`,
  ])('refuses the target %j, which is not its own normal form', async (target) => {
    const { address, seen } = await startServer()
    expect(statusesOf(await exchange(address, get(target)))).toEqual([400])
    expect(seen).toHaveLength(0)
    expect((await fetch(`${address}/healthz`)).status).toBe(200)
  })

  it.each(['a', 'a:80', 'hotel.example.com', '127.0.0.1:3978', '[::1]:3978', 'my_service'])(
    'takes the Host header %j',
    async (host) => {
      const { address } = await startServer()
      expect(statusesOf(await exchange(address, get('/page', `Host: ${host}\r\n`)))).toEqual([200])
    },
  )

  it('takes an absolute target', async () => {
    const { address, seen } = await startServer()
    expect(statusesOf(await exchange(address, get('http://hotel.example/page?a=1')))).toEqual([200])
    expect(seen[0]).toMatchObject({ path: '/page', query: 'a=1' })
  })

  it('takes HTTP/1.0 without a Host header', async () => {
    const { address } = await startServer()
    expect(statusesOf(await exchange(address, 'GET /page HTTP/1.0\r\n\r\n'))).toEqual([200])
  })
})

describe('requests that are not HTTP', () => {
  it.each([
    ['garbage', 'hello\r\n\r\n', 400],
    ['no Host header', 'GET /page HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['two Host headers', get('/page', 'Host: a\r\nhost: b\r\n'), 400],
    ['two lengths', post('Content-Length: 2\r\nContent-Length: 3', 'ab'), 400],
    ['a length and chunks', post('Content-Length: 2\r\nTransfer-Encoding: chunked', 'ab'), 400],
    ['a length that is no number', post('Content-Length: two', 'ab'), 400],
    ['17 kB of headers', get('/page', `Host: a\r\nX-Long: ${'x'.repeat(17_000)}\r\n`), 431],
  ])('refuses %s and lives on', async (_name, bytes, status) => {
    const { address, seen } = await startServer()
    expect(statusesOf(await exchange(address, bytes))).toEqual([status])
    expect(seen).toHaveLength(0)
    expect((await fetch(`${address}/healthz`)).status).toBe(200)
  })

  it.each([
    ['100 kB in one header', `X-Long: ${'x'.repeat(100_000)}\r\n`],
    ['20,000 headers', 'a: b\r\n'.repeat(20_000)],
  ])('answers %s with 431 or a broken connection, and lives on', async (_name, headers) => {
    const { address, seen } = await startServer()
    const statuses = statusesOf(await exchange(address, get('/page', `Host: a\r\n${headers}`)))
    expect(statuses.filter((status) => status !== 431)).toEqual([])
    expect(seen).toHaveLength(0)
    expect((await fetch(`${address}/healthz`)).status).toBe(200)
  })

  it('answers an upgrade like any other request', async () => {
    const { address } = await startServer()
    const upgrade =
      'GET /page HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n'
    expect(statusesOf(await exchange(address, upgrade))).toEqual([200])
  })

  it('answers pipelined requests in order', async () => {
    const { address } = await startServer()
    const bytes = `${'GET /page HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(2)}${get('/missing')}`
    expect(statusesOf(await exchange(address, bytes))).toEqual([200, 200, 404])
  })
})

describe('bodies', () => {
  it('takes a body of exactly the limit', async () => {
    const { address, seen } = await startServer()
    const answer = await exchange(address, post('Content-Length: 1024', 'x'.repeat(1024)))
    expect(statusesOf(answer)).toEqual([204])
    expect(seen[0]?.body).toHaveLength(1024)
  })

  it('takes a body in chunks', async () => {
    const { address, seen } = await startServer()
    const answer = await exchange(
      address,
      post('Transfer-Encoding: chunked', `${chunk(3)}${chunk(4)}0\r\n\r\n`),
    )
    expect(statusesOf(answer)).toEqual([204])
    expect(seen[0]?.body.toString()).toBe('xxxxxxx')
  })

  it('refuses a body that says it is too large with 413, before it comes', async () => {
    const { address, seen } = await startServer()
    const bytes = 'POST /hook HTTP/1.1\r\nHost: a\r\nContent-Length: 1025\r\n\r\n'
    const answer = await exchange(address, bytes)
    expect(statusesOf(answer)).toEqual([413])
    expect(answer).toMatch(/connection: close/i)
    expect(seen).toHaveLength(0)
  })

  it('refuses a body that is too large with 413 while it comes, and closes the connection', async () => {
    const { address, seen } = await startServer()
    const answer = await exchange(address, post('Transfer-Encoding: chunked', chunk(600).repeat(200)))
    expect(statusesOf(answer)).toEqual([413])
    expect(answer).toContain('{"error":"Payload Too Large"}')
    expect(seen).toHaveLength(0)
  })

  it.each(['gzip', 'deflate', 'br', 'gzip, identity', 'x'])(
    'refuses the encoding %j with 415',
    async (encoding) => {
      const { address, seen } = await startServer()
      const body = gzipSync('{}')
      const response = await fetch(`${address}/hook`, {
        method: 'POST',
        body,
        headers: { 'Content-Encoding': encoding },
      })
      expect(response.status).toBe(415)
      expect(seen).toHaveLength(0)
    },
  )

  it('refuses a body that comes too slowly with 408', async () => {
    const { address, seen } = await startServer({ bodyMs: 50 })
    expect(statusesOf(await exchange(address, post('Content-Length: 100', 'x')))).toEqual([408])
    expect(seen).toHaveLength(0)
  })

  it('closes connections that say nothing', async () => {
    const { address } = await startServer({ idleMs: 50 })
    expect(await exchange(address, 'POST /hook HT')).not.toContain('200')
  })

  it('forgets a request whose sender went away', async () => {
    const { address, seen, lines } = await startServer()
    await writeAndLeave(address, post('Content-Length: 100', 'half of it'))
    await writeAndLeave(address, post('Transfer-Encoding: chunked', '5\r\nhal'))
    expect((await fetch(`${address}/healthz`)).status).toBe(200)
    expect(seen).toHaveLength(0)
    expect(lines).toHaveLength(0)
  })
})
