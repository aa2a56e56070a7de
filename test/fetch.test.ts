import { getEventListeners } from 'node:events'
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { failureCode, wasNeverSent } from '../src/util/failure.ts'
import { createFetch, type FetchOptions } from '../src/fetch.ts'
import { listenInTest } from './fakes/listen.ts'
import { freePort } from './fakes/port.ts'

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void

/** A server, how many connections it got, and a `fetch` that asks it. */
const setUp = async (answer: Answer, options?: FetchOptions) => {
  const server = createHttpServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => answer(request, response, Buffer.concat(chunks).toString()))
  })
  let connections = 0
  server.on('connection', () => (connections += 1))
  const port = await listenInTest(server)
  return {
    url: `http://127.0.0.1:${port}/path`,
    connections: () => connections,
    closeConnections: () => server.closeAllConnections(),
    fetch: createFetch(options),
  }
}

/** An answer in statements of their own: Restify, loaded by another test, makes `writeHead` of every server answer nothing. */
const respond = (
  response: ServerResponse,
  status: number,
  headers: OutgoingHttpHeaders,
  body?: string | Buffer,
): void => {
  response.writeHead(status, headers)
  response.end(body)
}

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => {
      throw new Error('it should have failed')
    },
    (error: unknown) => error,
  )

test('sends method, headers and text, and gives status, headers and text back', async () => {
  const seen: unknown[] = []
  const { url, fetch } = await setUp(({ method, headers }, response, body) => {
    seen.push(method, headers['content-type'], headers['content-length'], headers['user-agent'], body)
    response.statusMessage = 'Slow Down'
    respond(response, 429, { 'Retry-After': '7', 'Set-Cookie': ['a=1', 'b=2'] }, 'Später')
  })
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{"text":"Grüße"}',
  })
  expect(seen).toEqual(['POST', 'application/json', '18', 'mews-chat-connector', '{"text":"Grüße"}'])
  const { ok, status, statusText, headers } = response
  expect({ ok, status, statusText }).toEqual({ ok: false, status: 429, statusText: 'Slow Down' })
  expect(response.url).toBe(url)
  expect([headers.get('RETRY-AFTER'), headers.get('x-none'), headers.has('retry-after')]).toEqual([
    '7',
    null,
    true,
  ])
  expect(headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  expect(new Headers(headers).get('retry-after')).toBe('7')
  expect(await response.text()).toBe('Später')
  expect(response.bodyUsed).toBe(true)
  await expect(response.text()).rejects.toThrow('read before')
})

test.each([
  ['none', undefined, '', undefined],
  ['a form', new URLSearchParams({ a: 'b c' }), 'a=b+c', 'application/x-www-form-urlencoded;charset=UTF-8'],
  ['bytes', Buffer.from('bytes'), 'bytes', undefined],
  ['text without a type', 'text', 'text', 'text/plain;charset=UTF-8'],
])('sends as body: %s', async (_name, given, expected, type) => {
  const { url, fetch } = await setUp(({ headers }, response, body) =>
    response.end(JSON.stringify([body, headers['content-type'], headers['transfer-encoding']])),
  )
  const response = await fetch(url, { method: 'POST', ...(given === undefined ? {} : { body: given }) })
  const [body, sentType, encoding] = (await response.json()) as unknown[]
  expect([body, sentType ?? undefined, encoding ?? undefined]).toEqual([expected, type, undefined])
})

test('sends a form with files', async () => {
  const { url, fetch } = await setUp(({ headers }, response, body) =>
    response.end(`${headers['content-type']}\n${body}`),
  )
  const form = new FormData()
  form.append('file', new Blob(['contents']), 'note.txt')
  const text = await (await fetch(url, { method: 'POST', body: form })).text()
  expect(text).toMatch(/^multipart\/form-data; boundary=/)
  expect(text).toContain('filename="note.txt"')
  expect(text).toContain('contents')
})

test('takes headers in each of the forms of `fetch`', async () => {
  const { url, fetch } = await setUp(({ headers }, response) => response.end(headers['x-own']))
  for (const headers of [
    { 'X-Own': 'a' },
    [['X-Own', 'a']] as [string, string][],
    new Headers({ 'X-Own': 'a' }),
  ])
    expect(await (await fetch(new URL(url), { headers })).text()).toBe('a')
})

test('keeps its connection from one request to the next', async () => {
  const { url, fetch, connections } = await setUp((_request, response) => response.end('{}'))
  for (let count = 0; count < 5; count += 1) await (await fetch(url, { method: 'POST', body: '{}' })).json()
  expect(connections()).toBe(1)
})

test('a kept connection that the other side has just closed is not used, and nothing is sent twice', async () => {
  const bodies: string[] = []
  const { url, fetch, connections, closeConnections } = await setUp((_request, response, body) => {
    bodies.push(body)
    response.end()
  })
  for (const body of ['1', '2', '3', '4']) {
    await (await fetch(url, { method: 'POST', body })).text()
    closeConnections()
  }
  expect(bodies).toEqual(['1', '2', '3', '4'])
  expect(connections()).toBe(4)
})

test('gives an answer in each of the forms of `fetch`', async () => {
  const { url, fetch } = await setUp((_request, response) =>
    response.setHeader('content-type', 'text/plain').end('\u{feff}héé'),
  )
  const bytes = Buffer.from('\u{feff}héé')
  expect(await (await fetch(url)).text()).toBe('héé')
  expect(Buffer.from(await (await fetch(url)).arrayBuffer())).toEqual(bytes)
  expect(Buffer.from(await (await fetch(url)).bytes())).toEqual(bytes)
  expect((await (await fetch(url)).blob()).type).toBe('text/plain')
  const chunks: Uint8Array[] = []
  for await (const chunk of (await fetch(url)).body ?? []) chunks.push(chunk)
  expect(Buffer.concat(chunks)).toEqual(bytes)
})

test.each([
  ['gzip', gzipSync('compressed')],
  ['x-gzip', gzipSync('compressed')],
  ['br', brotliCompressSync('compressed')],
  ['unknown', Buffer.from('compressed')],
  ['constructor', Buffer.from('compressed')],
])('asks for compressed answers and reads them: %s', async (encoding, bytes) => {
  const { url, fetch } = await setUp(({ headers }, response) => {
    expect(headers['accept-encoding']).toBe('gzip, br')
    response.setHeader('content-encoding', encoding).end(bytes)
  })
  expect(await (await fetch(url)).text()).toBe('compressed')
})

test('reads an empty answer that says it is compressed', async () => {
  const { url, fetch } = await setUp((_request, response) =>
    respond(response, 200, { 'content-encoding': 'gzip' }),
  )
  expect(await (await fetch(url)).text()).toBe('')
})

test('an answer that says it is compressed and is not ends its reading alone', async () => {
  const { url, fetch } = await setUp((_request, response) =>
    respond(response, 200, { 'content-encoding': 'gzip' }, 'no gzip'),
  )
  expect(failureCode(await failureOf((await fetch(url)).text()))).toBe('Z_DATA_ERROR')
})

test.each([
  ['as it comes', (length: number) => ({ bytes: Buffer.alloc(length), headers: {} })],
  [
    'once it is decompressed',
    (length: number) => ({ bytes: gzipSync(Buffer.alloc(length)), headers: { 'content-encoding': 'gzip' } }),
  ],
])('reads an answer up to its limit only, %s', async (_name, create) => {
  let length = 1_000_000
  const { url, fetch } = await setUp(
    (_request, response) => {
      const { bytes, headers } = create(length)
      respond(response, 200, headers, bytes)
    },
    { largest: 1_000_000 },
  )
  expect((await (await fetch(url)).arrayBuffer()).byteLength).toBe(1_000_000)
  length += 1
  expect(failureCode(await failureOf((await fetch(url)).text()))).toBe('ERR_ANSWER_TOO_LARGE')
})

test.each([301, 302, 303, 307, 308])('follows no redirect: %i', async (status) => {
  let asked = 0
  const { url, fetch } = await setUp((_request, response) => {
    asked += 1
    respond(response, status, { location: '/elsewhere' })
  })
  for (const options of [{}, { redirect: 'error' }, { redirect: 'follow' }] as const)
    expect(failureCode(await failureOf(fetch(url, options)))).toBe('ERR_REDIRECTED')
  const response = await fetch(url, { redirect: 'manual' })
  expect([response.status, response.headers.get('location')]).toEqual([status, '/elsewhere'])
  await response.text()
  expect(asked).toBe(4)
})

test('a signal that aborted before lets nothing out', async () => {
  const { url, fetch, connections } = await setUp((_request, response) => response.end())
  const reason = new Error('stopped')
  expect(await failureOf(fetch(url, { signal: AbortSignal.abort(reason) }))).toBe(reason)
  expect(connections()).toBe(0)
})

test('a signal that aborts right after the call ends it as well', async () => {
  const { url, fetch } = await setUp(() => {})
  const stop = new AbortController()
  const asking = failureOf(fetch(url, { method: 'POST', body: 'text', signal: stop.signal }))
  stop.abort()
  expect(failureCode(await asking)).toBe('AbortError')
})

test('a signal ends a request that has no answer, and says why', async () => {
  const stop = new AbortController()
  const { url, fetch } = await setUp(() => stop.abort())
  expect(failureCode(await failureOf(fetch(url, { signal: stop.signal })))).toBe('AbortError')
})

test('a signal ends an answer that does not end, whether or not it is being read', async () => {
  const { url, fetch } = await setUp((_request, response) => response.write('half'))
  for (const when of ['reading', 'unread']) {
    const stop = new AbortController()
    const response = await fetch(url, { signal: stop.signal })
    const reason = new Error('too late')
    const reading = when === 'reading' ? failureOf(response.text()) : undefined
    stop.abort(reason)
    expect(await (reading ?? failureOf(response.text()))).toBe(reason)
  }
})

test('a signal is let go of once the request is over', async () => {
  const { url, fetch } = await setUp((_request, response) => response.end('x'))
  const { signal } = new AbortController()
  const response = await fetch(url, { signal })
  expect(getEventListeners(signal, 'abort')).toHaveLength(1)
  await response.text()
  await expect.poll(() => getEventListeners(signal, 'abort')).toEqual([])
})

test.each(['before the answer', 'within the answer', 'within a compressed answer'])(
  'a connection that breaks %s is told by its code, and ends nothing else',
  async (when) => {
    const { url, fetch } = await setUp((_request, response) => {
      if (when !== 'before the answer') {
        if (when.includes('compressed')) response.setHeader('content-encoding', 'gzip')
        response.write(gzipSync('x'.repeat(1000)).subarray(0, 20), () => response.destroy())
      } else response.destroy()
    })
    const error = await failureOf(fetch(url).then((response) => response.text()))
    expect(failureCode(error)).toBe('ECONNRESET')
    expect(wasNeverSent(error)).toBe(false)
    if (when === 'before the answer') return
    expect(failureCode(await failureOf((await fetch(url)).arrayBuffer()))).toBe('ECONNRESET')
  },
)

test('a connection that nobody takes was never sent', async () => {
  const error = await failureOf(createFetch()(`http://127.0.0.1:${await freePort()}/`))
  expect(failureCode(error)).toBe('ECONNREFUSED')
  expect(wasNeverSent(error)).toBe(true)
})

test('a connection that does not come to stand was never sent', async () => {
  const silent = await listenInTest(createTcpServer())
  const error = await failureOf(createFetch({ connectMs: 20 })(`https://127.0.0.1:${silent}/`))
  expect(failureCode(error)).toBe('ERR_CONNECT_TIMEOUT')
  expect(wasNeverSent(error)).toBe(true)
})
