import {
  type ClientRequest,
  type IncomingMessage,
  request as requestPlain,
  type RequestOptions,
} from 'node:http'
import { request as requestTls } from 'node:https'
import type { Socket } from 'node:net'
import { type Duplex, finished, pipeline, Readable } from 'node:stream'
import { constants, createBrotliDecompress, createGunzip } from 'node:zlib'

/** What `createFetch` may be told. */
export interface FetchOptions {
  /** How long a connection may take to stand, TLS included, in milliseconds; default 10 s. */
  readonly connectMs?: number
  /** The most that `text`, `json` and the like read, in bytes after decompression; default 32 MiB. `body` has no limit. */
  readonly largest?: number
}

/** A request failed for a reason that Node has no code for. */
export class FetchError extends Error {
  override readonly name = 'FetchError'

  readonly code: 'ERR_CONNECT_TIMEOUT' | 'ERR_REDIRECTED' | 'ERR_ANSWER_TOO_LARGE'

  constructor(code: FetchError['code'], message: string) {
    super(message)
    this.code = code
  }
}

/**
 * Makes a `fetch` over Node's HTTP client, which costs a third of its processor time and loads none of its code. One call is at most one
 * request. Connections are kept; certificates and proxies are those that Node is told of (`NODE_EXTRA_CA_CERTS`, `NODE_USE_ENV_PROXY`).
 *
 * It differs in three ways. It follows no redirect, so that no secret goes to another host: with `redirect: 'manual'` the answer is given
 * as it is, otherwise the call rejects. An answer that is read as a whole has a size limit. Errors are Node's own, with their codes, and
 * not the cause of another one; an aborted call rejects with the signal's reason.
 *
 * An answer holds its connection until it is read or cancelled.
 */
export const createFetch =
  ({ connectMs = 10_000, largest = 32 * 1024 * 1024 }: FetchOptions = {}): typeof globalThis.fetch =>
  async (input, init = {}) => {
    const url = new URL(typeof input === 'string' || input instanceof URL ? input : input.url)
    const { method = 'GET', redirect, signal } = init
    const { bytes, type } = await readBody(init.body)
    const headers = { ...ownHeaders, ...type, ...readHeaders(init.headers) }
    const message = await exchange(url, { method, headers }, { bytes, signal, connectMs })
    const response = new RemoteResponse(url.href, message, largest)
    if (redirect === 'manual' || !redirects.has(response.status)) return response
    message.destroy()
    throw new FetchError('ERR_REDIRECTED', `${url.host} answered with a redirect, which is not followed`)
  }

const ownHeaders = { accept: '*/*', 'accept-encoding': 'gzip, br', 'user-agent': 'mews-chat-connector' }

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** Text and bytes as they are. Anything else is written out by Node's own `Response`, which is loaded for it. */
const readBody = async (body: RequestInit['body']): Promise<Body> => {
  if (body === undefined || body === null) return {}
  if (typeof body === 'string') return { bytes: body, type: { 'content-type': 'text/plain;charset=UTF-8' } }
  if (body instanceof Uint8Array) return { bytes: body }
  const written = new Response(body)
  const type = written.headers.get('content-type')
  return { bytes: await written.bytes(), ...(type === null ? {} : { type: { 'content-type': type } }) }
}

/** What is sent, with the header that says what it is. */
interface Body {
  readonly bytes?: string | Uint8Array | undefined
  readonly type?: Readonly<Record<string, string>>
}

const readHeaders = (headers: RequestInit['headers'] = {}): Record<string, string> => {
  const entries = Symbol.iterator in headers ? [...headers] : Object.entries(headers)
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), value]))
}

/** Makes the request; resolves with the head of its answer. After that the signal ends the reading. */
const exchange = (url: URL, options: RequestOptions, given: Exchange): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const { bytes, signal, connectMs } = given
    signal?.throwIfAborted()
    const isTls = url.protocol === 'https:'
    const request = (isTls ? requestTls : requestPlain)(url, options)
    let answer: IncomingMessage | undefined
    let isSent = false
    const send = (): void => {
      if (request.destroyed) return
      isSent = true
      request.end(bytes)
    }
    const abort = (): void => void (answer ?? request).destroy(signal?.reason as Error)
    signal?.addEventListener('abort', abort, { once: true })
    request.once('close', () => signal?.removeEventListener('abort', abort))
    request.once('socket', (socket) => {
      if (socket.connecting) limitConnecting(request, socket, isTls ? 'secureConnect' : 'connect', connectMs)
      // The other side may just have closed a kept connection: let Node notice before anything is written to it.
      if (request.reusedSocket) setImmediate(() => setImmediate(send))
      else send()
    })
    request.on('error', (error) => {
      if (isSent || !request.reusedSocket) reject(error)
      else resolve(exchange(url, options, given))
    })
    request.once('response', (message) => {
      answer = message
      resolve(message)
    })
  })

const limitConnecting = (request: ClientRequest, socket: Socket, event: string, ms: number): void => {
  const expire = (): void =>
    void request.destroy(new FetchError('ERR_CONNECT_TIMEOUT', `${request.host} cannot be reached in time`))
  const timer = setTimeout(expire, ms)
  for (const end of [event, 'close']) socket.once(end, () => clearTimeout(timer))
}

interface Exchange {
  readonly bytes: Body['bytes']
  readonly signal: RequestInit['signal']
  readonly connectMs: number
}

/** An answer whose rarer members are those of Node's own `Response`, made only where they are used. */
class RemoteResponse implements Response {
  readonly type = 'basic'
  readonly redirected = false
  readonly url: string
  readonly status: number
  readonly statusText: string
  readonly headers: RemoteHeaders
  readonly #source: Readable
  readonly #largest: number
  #body: ReadableStream<Uint8Array<ArrayBuffer>> | undefined
  #isUsed = false

  constructor(url: string, message: IncomingMessage, largest: number) {
    this.url = url
    this.status = message.statusCode ?? 0
    this.statusText = message.statusMessage ?? ''
    this.headers = new RemoteHeaders(message.headers)
    this.#source = decompress(message)
    // A failure before the answer is read is kept by the stream, and must not end the process.
    this.#source.on('error', () => {})
    this.#largest = largest
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300
  }

  get bodyUsed(): boolean {
    return this.#isUsed
  }

  get body(): ReadableStream<Uint8Array<ArrayBuffer>> {
    this.#isUsed = true
    this.#body ??= Readable.toWeb(this.#source) as ReadableStream<Uint8Array<ArrayBuffer>>
    return this.#body
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#isUsed) throw new TypeError('The answer was read before.')
    this.#isUsed = true
    return readWhole(this.#source, this.#largest)
  }

  async text(): Promise<string> {
    const bytes = await this.bytes()
    return decoder.decode(bytes)
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text())
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    const { buffer, byteOffset, byteLength } = await this.bytes()
    return buffer.slice(byteOffset, byteOffset + byteLength)
  }

  async blob(): Promise<Blob> {
    return this.#whole().then((whole) => whole.blob())
  }

  async formData(): Promise<FormData> {
    return this.#whole().then((whole) => whole.formData())
  }

  clone(): never {
    throw new TypeError('An answer can be read once.')
  }

  async #whole(): Promise<Response> {
    const type = this.headers.get('content-type')
    return new Response(await this.bytes(), { headers: type === null ? {} : { 'content-type': type } })
  }
}

const decoder = new TextDecoder()

/** The headers of an answer. */
class RemoteHeaders implements Headers {
  readonly #fields: IncomingMessage['headers']

  constructor(fields: IncomingMessage['headers']) {
    this.#fields = fields
  }

  get(name: string): string | null {
    const value = this.#fields[name.toLowerCase()]
    return Array.isArray(value) ? value.join(', ') : (value ?? null)
  }

  has(name: string): boolean {
    return this.get(name) !== null
  }

  getSetCookie(): string[] {
    return this.#fields['set-cookie'] ?? []
  }

  *entries(): HeadersIterator<[string, string]> {
    for (const name of Object.keys(this.#fields)) yield [name, this.get(name) ?? '']
  }

  [Symbol.iterator](): HeadersIterator<[string, string]> {
    return this.entries()
  }

  *keys(): HeadersIterator<string> {
    for (const [name] of this.entries()) yield name
  }

  *values(): HeadersIterator<string> {
    for (const [, value] of this.entries()) yield value
  }

  forEach(callback: (value: string, name: string, headers: Headers) => void): void {
    for (const [name, value] of this.entries()) callback(value, name, this)
  }

  append(): never {
    throw new TypeError('The headers of an answer stay as they are.')
  }

  delete(): never {
    return this.append()
  }

  set(): never {
    return this.append()
  }
}

/** What was asked for by `accept-encoding`. An answer that was cut short at its end counts, as in other clients. */
const decompress = (message: IncomingMessage): Readable => {
  const create = decompressors.get(message.headers['content-encoding']?.trim().toLowerCase() ?? '')
  return create === undefined ? message : pipeline(message, create(), () => {})
}

const gunzip = () => createGunzip({ flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH })

const decompressors: ReadonlyMap<string, () => Duplex> = new Map([
  ['gzip', gunzip],
  ['x-gzip', gunzip],
  [
    'br',
    () =>
      createBrotliDecompress({
        flush: constants.BROTLI_OPERATION_FLUSH,
        finishFlush: constants.BROTLI_OPERATION_FLUSH,
      }),
  ],
])

const readWhole = (source: Readable, largest: number): Promise<Buffer<ArrayBuffer>> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    finished(source, (error) => (error ? reject(error) : resolve(Buffer.concat(chunks, size))))
    source.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= largest) chunks.push(chunk)
      else source.destroy(new FetchError('ERR_ANSWER_TOO_LARGE', `an answer has more than ${largest} bytes`))
    })
  })
