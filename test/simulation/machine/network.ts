import type { Chance } from '../../e2e/crash/random.ts'
import type { FakeAnswer, FakeRequest, FakeServer, Serve } from '../../fakes/server.ts'
import type { Scheduler } from './scheduler.ts'

/** What the network does to one request. `applied`: the other side has done its work all the same. */
export type Trouble =
  | { readonly kind: 'refused' }
  | { readonly kind: 'reset' | 'hang' | 'half'; readonly applied: boolean }
  | { readonly kind: 'answer'; readonly answer: FakeAnswer; readonly applied: boolean }
  | { readonly kind: 'slow'; readonly ms: number }

/** Who asks: a process that may end. */
export interface Caller {
  readonly name: string
  isAlive(): boolean
  /** Something is about to happen, or has happened: the process may end here. */
  act(what: string): void
}

export type Handle = (request: FakeRequest) => FakeAnswer | Promise<FakeAnswer>

export interface Network {
  /** Starts a server of a fake, which is never away for good. */
  readonly serve: Serve
  /** Takes requests at an address until the returned function is called. */
  listen(address: string, handle: Handle): () => void
  fetch(caller: Caller): typeof globalThis.fetch
}

export interface NetworkOptions {
  readonly scheduler: Scheduler
  readonly chance: Chance
  /** Asked for every request: what happens to it. */
  readonly trouble: (address: string, request: FakeRequest, caller: Caller) => Trouble | undefined
  /** A request took effect, and its caller did not learn that. */
  readonly unlearned: (address: string, request: FakeRequest) => void
}

interface Endpoint {
  readonly handle: Handle
  readonly now: () => number
}

/** A request that its caller gave up is on its way for no longer than this. */
const longestOnItsWayMs = 8_000

/** The network of one world. Answers take some milliseconds, so that they overtake each other. */
export const createNetwork = (options: NetworkOptions): Network => {
  const endpoints = new Map<string, Endpoint>()
  let ports = 7000

  const listen = (address: string, endpoint: Endpoint): (() => void) => {
    endpoints.set(address, endpoint)
    return () => {
      if (endpoints.get(address) === endpoint) endpoints.delete(address)
    }
  }

  return {
    serve: async (handle, now = Date.now) => {
      ports += 1
      const url = `http://127.0.0.1:${ports}`
      const requests: FakeRequest[] = []
      const keep: Handle = (request) => {
        requests.push(request)
        return handle(request)
      }
      const close = listen(url, { handle: keep, now })
      return createIdleServer(url, requests, close)
    },
    listen: (address, handle) => listen(address, { handle, now: Date.now }),
    fetch:
      (caller) =>
      (input, init = {}) =>
        new Promise((resolve, reject) => {
          const url = new URL(input instanceof Request ? input.url : input)
          const endpoint = (): Endpoint | undefined => endpoints.get(url.origin)
          const request = toRequest(url, init)
          exchange({ ...options, caller, address: url.origin, endpoint, request, init, resolve, reject })
        }),
  }
}

/** Faults come from the network, so those of the fake's own server are left out. */
const createIdleServer = (url: string, requests: readonly FakeRequest[], close: () => void): FakeServer => ({
  url,
  requests,
  fail: () => {},
  heal: () => {},
  pause: async () => {},
  resume: async () => {},
  close: async () => close(),
})

interface Exchange extends NetworkOptions {
  readonly caller: Caller
  readonly address: string
  readonly endpoint: () => Endpoint | undefined
  readonly request: FakeRequest
  readonly init: RequestInit
  readonly resolve: (response: Response) => void
  readonly reject: (reason: unknown) => void
}

const toRequest = (url: URL, { method = 'GET', headers, body }: RequestInit): FakeRequest => ({
  method,
  path: url.pathname,
  query: url.searchParams,
  headers: Object.fromEntries(new Headers(headers)),
  body: toText(body),
})

const toText = (body: RequestInit['body']): string => {
  if (body === undefined || body === null) return ''
  if (typeof body === 'string') return body
  return body instanceof Uint8Array
    ? Buffer.from(body).toString('utf8')
    : (body as URLSearchParams).toString()
}

/** One request and its answer. */
function exchange(given: Exchange): void {
  const { scheduler, chance, caller, request, init, address, reject } = given
  const { signal } = init
  caller.act(`asks ${address}`)
  if (!caller.isAlive()) return
  if (signal?.aborted === true) return reject(signal.reason)
  const trouble = given.trouble(address, request, caller)
  let isOver = false
  let leftAt: number | undefined
  /** Whether the caller is still there. */
  const end = (finish: () => void): boolean => {
    const isThere = !isOver && caller.isAlive()
    isOver = true
    signal?.removeEventListener('abort', leave)
    if (isThere) attempt(finish)
    return isThere && caller.isAlive()
  }
  const leave = (): void => {
    leftAt = scheduler.now()
    end(() => reject(signal?.reason))
  }
  signal?.addEventListener('abort', leave)
  const startedAt = scheduler.now()
  const onWayMs = latency(chance) + (trouble?.kind === 'slow' ? trouble.ms : 0)
  scheduler.after(onWayMs, () => {
    const patience = Math.max(leftAt ?? startedAt, startedAt) + longestOnItsWayMs
    const isTooLate = leftAt !== undefined && scheduler.now() > patience
    if (isTooLate || (!caller.isAlive() && onWayMs > longestOnItsWayMs)) return
    void arrive(given, trouble, end)
  })
}

/** The process may end at this very moment. */
function attempt(finish: () => void): void {
  try {
    finish()
  } catch {
    // It has.
  }
}

const latency = (chance: Chance): number => 1 + chance.next() * (chance.happens(0.1) ? 400 : 30)

/** The request is there: what the other side does, and what the caller sees of it. */
async function arrive(
  given: Exchange,
  trouble: Trouble | undefined,
  end: (finish: () => void) => boolean,
): Promise<void> {
  const { scheduler, chance, caller, address, request, endpoint, resolve, reject } = given
  const there = endpoint()
  const later = (finish: () => void, tells = false): void =>
    void scheduler.after(latency(chance), () => {
      const learns = end(() => {
        caller.act('is answered')
        finish()
      })
      if (answer !== undefined && !(learns && tells)) given.unlearned(address, request)
    })
  let answer: FakeAnswer | undefined
  if (there === undefined || trouble?.kind === 'refused') return later(() => reject(notSent()))
  const isApplied = trouble === undefined || trouble.kind === 'slow' || trouble.applied
  answer = isApplied ? await settle(there, request) : undefined
  if (isApplied && answer === undefined) return later(() => reject(cut()))
  const headers = { date: new Date(there.now()).toUTCString() }
  switch (trouble?.kind) {
    case 'hang':
      if (answer !== undefined) given.unlearned(address, request)
      return undefined
    case 'reset':
      return later(() => reject(cut()))
    case 'half':
      return later(() => resolve(toHalf(answer ?? { status: 200, body: { ok: true } }, headers)))
    case 'answer':
      return later(() => resolve(toResponse(trouble.answer, headers)))
    case 'slow':
    case undefined:
      return later(() => resolve(toResponse(answer ?? { status: 500 }, headers)), true)
  }
}

/** Undefined where the other side ended over it. */
async function settle({ handle }: Endpoint, request: FakeRequest): Promise<FakeAnswer | undefined> {
  try {
    return await handle(request)
  } catch {
    return undefined
  }
}

/** Errors as `fetch` has them: the cause says what happened. */
const failed = (code: string): TypeError =>
  new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) })
const notSent = (): TypeError => failed('ECONNREFUSED')
const cut = (): TypeError => failed('UND_ERR_SOCKET')

const toBody = ({ body }: FakeAnswer): string =>
  typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body)

const toResponse = (answer: FakeAnswer, headers: Readonly<Record<string, string>>): Response => {
  const { status } = answer
  const isEmpty = status === 204 || status === 304
  return new Response(isEmpty ? null : toBody(answer), {
    status,
    headers: { 'content-type': 'application/json', ...headers, ...answer.headers },
  })
}

const toHalf = (answer: FakeAnswer, headers: Readonly<Record<string, string>>): Response => {
  const text = toBody(answer)
  const half = new TextEncoder().encode(text.slice(0, text.length / 2))
  let isFirst = true
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      if (isFirst) controller.enqueue(half)
      else controller.error(cut())
      isFirst = false
    },
  })
  return new Response(stream, {
    status: answer.status === 204 ? 200 : answer.status,
    headers: { 'content-type': 'application/json', ...headers, ...answer.headers },
  })
}
