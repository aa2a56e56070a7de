import {
  type BookMessage,
  type BookTask,
  type BookThread,
  createGuid,
  createMewsBook,
} from '../../../src/sandbox/mews/book.ts'
import { type MewsOperation, MewsRefusal, toMewsWebhook } from '../../../src/sandbox/mews/requests.ts'
import { createStayBook, type StayBook } from '../../../src/sandbox/mews/stays.ts'
import { createMewsApi, type MewsProperty } from '../../../src/sandbox/mews/server.ts'
import { systemClock } from '../../../src/clock.ts'
import type { Clock } from '../../../src/port.ts'
import { toOldGeneration, turnSeconds, withoutThreads } from './bodies.ts'
import {
  createFakeServer,
  type FakeAnswer,
  type FakeRequest,
  type FakeServer,
  type Fault,
  type Serve,
} from '../server.ts'

/** How this Mews behaves; every field can be changed at any time. */
interface MewsSwitches {
  /** `old`: `ThreadId` instead of `MessageThreadId`, `Sender` as a string, no `IsResolved`. */
  generation: 'current' | 'old'
  /** What `messages/getAll`, or every look by thread ids, makes of ids that are not ours. */
  foreignThreads: 'left out' | 'refused' | 'refused everywhere'
  /** What `messages/add` makes of resolved threads. */
  resolvedThreads: 'taken' | 'refused'
  /** A batch with such a text is refused with 400, in an answer that quotes it. */
  poison: (text: string) => boolean
  /** How `messages/getAll` lists what was added in the same second, about which Mews promises nothing. */
  sameSecond: 'newest first' | 'oldest first'
  /** The sliding window of each access token. */
  limit: { requests: number; windowMs: number; retryAfter: 'seconds' | 'date' | 'none' }
  /** `held`: until `flush`. */
  webhooks: 'sent' | 'held' | 'dropped'
  /** Every webhook is sent twice. */
  doubled: boolean
  /** Events stand in the body in reversed order, and held webhooks are sent newest first. */
  reversed: boolean
  /** Webhooks carry the messages themselves. */
  entities: boolean
  /** How far its clock is ahead of the one it was given. */
  skewMs: number
}

/** What the fake is made of; everything has a default but the address of webhooks. */
export interface FakeMewsOptions {
  readonly clock?: Clock
  readonly random?: () => number
  readonly clientToken?: string
  readonly properties?: readonly Omit<MewsProperty, 'book'>[]
  readonly switches?: Partial<MewsSwitches>
  /** Default: on loopback. */
  readonly serve?: Serve
}

/** A stateful Mews on loopback that can be made to fail. */
export interface FakeMews extends Omit<FakeServer, 'fail'> {
  readonly clientToken: string
  readonly properties: readonly Omit<MewsProperty, 'book'>[]
  readonly switches: MewsSwitches
  /** The next `times` requests of the operation (default once, any), or with the access token, meet the fault. */
  fail(
    fault: Fault,
    options?: { readonly times?: number; readonly operation?: MewsOperation; readonly accessToken?: string },
  ): void
  /** Adds to this thread are refused from now on. */
  refuse(threadId: string, status: 400 | 403): void
  /** Looks for messages that name this thread are refused from now on, or no longer. */
  refuseReads(threadId: string, refused?: boolean): void
  /** The thread is not ours from now on, or is again. */
  hide(threadId: string, hidden?: boolean): void
  /** The threads of one property or of all, oldest first. */
  threads(enterpriseId?: string): readonly BookThread[]
  /** The messages of a thread, oldest first. */
  messages(threadId: string): readonly BookMessage[]
  /** The tasks of all properties, oldest first. */
  tasks(): readonly BookTask[]
  /** Who stays at each property. */
  readonly stays: readonly StayBook[]
  /** Writes as hotel staff. */
  reply(threadId: string, text: string): BookMessage
  /** The staff resolve a thread, or open it again. */
  resolve(threadId: string, resolved?: boolean): void
  /** Where webhooks go from now on, with the `Token`. */
  announceTo(url: string): void
  /** Status of each webhook in order; 0 where the connection failed. */
  readonly webhookAnswers: readonly number[]
  /** Sends what is held and once more what was not answered with 2xx; resolves when it is answered. */
  flush(): Promise<void>
  /** Sends any body as a webhook and gives the status. */
  sendWebhook(body: unknown): Promise<number>
}

const grandHotel = {
  accessToken: 'access-token-of-grand-hotel',
  enterpriseId: 'c1a7e0d4-3b52-4f0a-9b1e-7de2a4b0c611',
  name: 'Grand Hotel',
}

const defaults: MewsSwitches = {
  generation: 'current',
  foreignThreads: 'left out',
  resolvedThreads: 'taken',
  poison: () => false,
  sameSecond: 'newest first',
  limit: { requests: 200, windowMs: 30_000, retryAfter: 'seconds' },
  webhooks: 'sent',
  doubled: false,
  reversed: false,
  entities: false,
  skewMs: 0,
}

const refusal = (status: number, message: string, headers: Record<string, string> = {}): FakeAnswer => ({
  status,
  headers,
  body: { Message: message, RequestId: null, Details: null },
})

/** The access token and thread ids of a body, as far as they are there. */
const peek = (
  body: string,
): { readonly AccessToken?: unknown; readonly MessageThreadIds?: readonly string[] } => {
  try {
    return (JSON.parse(body) as object | null) ?? {}
  } catch {
    return {}
  }
}

const createLimiter = (clock: Clock, switches: MewsSwitches) => {
  const accepted = new Map<unknown, number[]>()
  return (token: unknown): FakeAnswer | undefined => {
    const { requests, windowMs, retryAfter } = switches.limit
    const now = clock.now()
    const times = (accepted.get(token) ?? []).filter((at) => at + windowMs > now)
    accepted.set(token, times)
    const oldest = times.length < requests ? undefined : times[0]
    if (oldest === undefined) {
      times.push(now)
      return undefined
    }
    const seconds = Math.ceil((oldest + windowMs - now) / 1000)
    const values = { seconds: String(seconds), date: new Date(now + seconds * 1000).toUTCString(), none: '' }
    const value = values[retryAfter]
    return refusal(429, 'Too many requests.', value === '' ? {} : { 'retry-after': value })
  }
}

const createWebhooks = (switches: MewsSwitches, integrationId: string) => {
  const answers: number[] = []
  const held: (() => unknown)[] = []
  let url: string | undefined

  const post = async (body: unknown): Promise<number> => {
    if (url === undefined) return 0
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const response = await fetch(url, { method: 'POST', body: text }).catch(() => undefined)
    await response?.body?.cancel()
    answers.push(response?.status ?? 0)
    return response?.status ?? 0
  }
  const send = async (toBody: () => unknown): Promise<void> => {
    const status = await post(toBody())
    if (status < 200 || status > 299) held.push(toBody)
  }

  return {
    answers,
    post,
    announceTo: (address: string): void => void (url = address),
    announce: ({ enterpriseId }: MewsProperty, added: readonly BookMessage[]): void => {
      if (switches.webhooks === 'dropped' || url === undefined) return
      const toBody = (): unknown => {
        const messages = switches.reversed ? added.toReversed() : added
        const body = toMewsWebhook({ enterpriseId, integrationId }, messages, switches.entities)
        return switches.generation === 'old' ? toOldGeneration(body) : body
      }
      const copies = switches.doubled ? [toBody, toBody] : [toBody]
      if (switches.webhooks === 'held') held.push(...copies)
      else for (const copy of copies) void send(copy)
    },
    flush: async (): Promise<void> => {
      const due = held.splice(0)
      for (const toBody of switches.reversed ? due.toReversed() : due) await send(toBody)
    },
  }
}

/** Starts a fake Mews; `announceTo` tells it where webhooks go. Own messages are announced too. */
export const createFakeMews = async (options: FakeMewsOptions = {}): Promise<FakeMews> => {
  const {
    clock: given = systemClock,
    random = Math.random,
    clientToken = 'client-token',
    serve = createFakeServer,
  } = options
  const switches = { ...defaults, ...options.switches }
  const clock: Clock = { ...given, now: () => given.now() + switches.skewMs }
  const books = () => ({ book: createMewsBook({ clock, random }), stays: createStayBook(random) })
  const properties = (options.properties ?? [grandHotel]).map((it) => ({ ...it, ...books() }))
  const refused = new Map<string, 400 | 403>()
  const unreadable = new Set<string>()
  const hidden = new Set<string>()
  const webhooks = createWebhooks(switches, createGuid(random))
  const limited = createLimiter(clock, switches)

  const homeOf = (threadId: string): MewsProperty => {
    const home = properties.find(({ book }) => book.thread(threadId) !== undefined)
    if (home === undefined) throw new Error(`no thread ${threadId} in the fake Mews`)
    return home
  }

  const api = createMewsApi({
    clock,
    random,
    clientToken,
    properties,
    added: webhooks.announce,
    inspect: ({ book }, { threadId, text }) => {
      if (hidden.has(threadId)) throw new MewsRefusal(400, 'Invalid MessageThreadId.')
      const status = refused.get(threadId)
      if (status !== undefined) throw new MewsRefusal(status, 'The thread takes no messages.')
      if (switches.resolvedThreads === 'refused' && book.thread(threadId)?.resolved)
        throw new MewsRefusal(403, 'The thread is resolved.')
      if (switches.poison(text)) throw new MewsRefusal(400, `Invalid Text: '${text}'.`)
    },
  })

  const isRefused = ({ path, body }: FakeRequest): boolean => {
    const { AccessToken, MessageThreadIds } = peek(body)
    const ids = (MessageThreadIds ?? []).map((id) => id.toLowerCase())
    const book = properties.find(({ accessToken }) => accessToken === AccessToken)?.book
    const foreign = ids.some((id) => hidden.has(id) || book?.thread(id) === undefined)
    if (path.endsWith('/messages/getAll'))
      return (foreign && switches.foreignThreads !== 'left out') || ids.some((id) => unreadable.has(id))
    return (
      path.endsWith('/messageThreads/getAll') && foreign && switches.foreignThreads === 'refused everywhere'
    )
  }

  const server = await serve(
    (request) => {
      const limit = limited(peek(request.body).AccessToken)
      if (limit !== undefined) return limit
      if (isRefused(request)) return refusal(400, 'Invalid MessageThreadIds.')
      const { body: whole, ...answer } = api(request)
      const body = withoutThreads(whole, hidden)
      const listed =
        switches.sameSecond === 'oldest first' && request.path.endsWith('/messages/getAll')
          ? turnSeconds(body)
          : body
      return { ...answer, body: switches.generation === 'old' ? toOldGeneration(listed) : listed }
    },
    () => clock.now(),
  )

  return {
    ...server,
    clientToken,
    properties,
    switches,
    fail: (fault, { times = 1, operation, accessToken } = {}) =>
      server.fail(fault, {
        times,
        match: ({ path, body }) =>
          (operation === undefined || path.endsWith(`/${operation}`)) &&
          (accessToken === undefined || peek(body).AccessToken === accessToken),
      }),
    refuse: (threadId, status) => void refused.set(threadId.toLowerCase(), status),
    refuseReads: (threadId, on = true) =>
      void (on ? unreadable.add(threadId.toLowerCase()) : unreadable.delete(threadId.toLowerCase())),
    hide: (threadId, on = true) =>
      void (on ? hidden.add(threadId.toLowerCase()) : hidden.delete(threadId.toLowerCase())),
    threads: (enterpriseId) =>
      properties
        .filter((it) => enterpriseId === undefined || it.enterpriseId === enterpriseId)
        .flatMap(({ book }) => book.threads()),
    messages: (threadId) => homeOf(threadId).book.messages(threadId),
    tasks: () => properties.flatMap(({ book }) => book.tasks()),
    stays: properties.map(({ stays }) => stays),
    reply: (threadId, text) => {
      const home = homeOf(threadId)
      const message = home.book.addMessage({ threadId, text, sender: 'Enterprise' })
      if (message === undefined) throw new Error(`no thread ${threadId} in the fake Mews`)
      webhooks.announce(home, [message])
      return message
    },
    resolve: (threadId, resolved = true) => homeOf(threadId).book.resolve(threadId, resolved),
    announceTo: webhooks.announceTo,
    webhookAnswers: webhooks.answers,
    flush: webhooks.flush,
    sendWebhook: webhooks.post,
  }
}
