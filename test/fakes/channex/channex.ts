import type { WebhookRequest } from '../../../src/port.ts'
import { createChannexApi } from './api.ts'
import { createChannexBook, type BookMessage, type ChannexBook, type NewThread } from './book.ts'
import {
  createDeliveries,
  toMessageEvent,
  toRequestEvent,
  type AirbnbRequest,
  type Deliveries,
  type WebhookSwitches,
} from './webhooks.ts'
import {
  createFakeServer,
  type FakeAnswer,
  type FakeRequest,
  type FakeServer,
  type Serve,
} from '../server.ts'

/** The fake account. */
export const fakeAccount = {
  apiKey: 'channex-key-of-the-tests',
  secret: 'channex-secret-of-the-tests',
  propertyId: '680585d7-af7f-4880-8e91-25fca1508b55',
  otherPropertyId: '0f3cde11-5b52-4a4c-bd12-6f27a1c0b7aa',
} as const

/** A stateful Channex on loopback that can be made to fail. */
export interface FakeChannex extends Deliveries {
  /** For `CHANNEX_BASE_URL`. */
  readonly url: string
  readonly server: FakeServer
  /** `limited`: requests beyond what Channex allows one key are refused. */
  readonly switches: WebhookSwitches & { limited: boolean }
  readonly book: ChannexBook
  readonly webhooks: ReadonlyMap<string, Readonly<Record<string, unknown>>>
  /** Somebody changes a webhook by hand. */
  change(webhookId: string, fields: Readonly<Record<string, unknown>>): void
  /** Properties with the Messages application: at first the two of `fakeAccount`. */
  readonly installed: Set<string>
  /** Opens a guest's thread, on Booking.com with a booking unless said otherwise, and gives its id. */
  open(thread?: Partial<NewThread>): string
  /** Somebody writes, by default the guest. */
  say(threadId: string, text: string | null, said?: Partial<BookMessage>): BookMessage
  /** Whether the connector took the webhook of a message; resolves once it did, or the webhook is given up for now. */
  told(messageId: string): Promise<boolean>
  /** A guest on Airbnb asks for something that the hotel decides, or it was decided. */
  ask(request: AirbnbRequest): void
  /** A booking is found for a thread. */
  assign(threadId: string): void
  /** What the hotel wrote into a thread, in order. */
  posted(threadId: string): readonly string[]
  /** Sends into a thread get this answer from now on. */
  refuse(threadId: string, answer: FakeAnswer): void
  /** A request as Channex would make it; `body` is sent as JSON unless it is a string. */
  request(body: unknown, headers?: Readonly<Record<string, string>>): WebhookRequest
  close(): Promise<void>
}

/** Whether a request sends a message, for `server.fail`. */
export const isSend = ({ method, path }: FakeRequest): boolean =>
  method === 'POST' && path.endsWith('/messages')

/** Whether a request reads the messages of a thread, for `server.fail`. */
export const isOfMessages = ({ method, path }: FakeRequest): boolean =>
  method === 'GET' && path.endsWith('/messages')

/** Whether a request closes a thread, for `server.fail`. */
export const closes = ({ path }: FakeRequest): boolean => path.endsWith('/close')

/** Whether a request says that no reply is needed, for `server.fail`. */
export const marks = ({ path }: FakeRequest): boolean => path.endsWith('/no_reply_needed')

/** Whether a request only reads, for `server.fail`. */
export const isLookUp = ({ method }: FakeRequest): boolean => method === 'GET'

const tooMany: FakeAnswer = {
  status: 429,
  body: { errors: { code: 'http_too_many_requests', title: 'Too Many Requests' } },
}

/** What Channex allows one key from the end of 2026, at all of its addresses and at one of them; whether a request is too many. */
const createLimiter = (now: () => number): ((request: FakeRequest) => boolean) => {
  const taken: { readonly at: number; readonly route: string }[] = []
  return ({ path }) => {
    const route = path.replace(/(?<=\/(?:message_threads|bookings|webhooks)\/)[^/]+/, ':id')
    const within = (ms: number, of: string | undefined): number =>
      taken.filter((one) => one.at > now() - ms && (of === undefined || one.route === of)).length
    const minute = 60_000
    if (within(minute, undefined) >= 600 || within(minute, route) >= 300) return true
    if (within(60 * minute, route) >= 3_600) return true
    taken.push({ at: now(), route })
    return false
  }
}

const defaults: FakeChannex['switches'] = {
  limited: false,
  webhooks: 'sent',
  doubled: false,
  reversed: false,
  echo: false,
  sendData: true,
  tellsSender: true,
  tellsMeta: true,
  pausesMs: [],
}

/** Nobody but this computer is called. */
const probe = async (url: string, headers: Readonly<Record<string, string>>): Promise<number> => {
  if (new URL(url).hostname !== '127.0.0.1') return 204
  const body = JSON.stringify({ event: 'test' })
  const answer = await fetch(url, { method: 'POST', headers, body }).catch(() => undefined)
  return answer?.status ?? 0
}

/** Starts a fake Channex; `announceTo` tells it where webhooks go. */
export const createFakeChannex = async (
  now: () => number = Date.now,
  serve: Serve = createFakeServer,
): Promise<FakeChannex> => {
  const { apiKey, secret, propertyId, otherPropertyId } = fakeAccount
  const book = createChannexBook(now)
  const switches = { ...defaults }
  const deliveries = createDeliveries(secret, switches)
  const webhooks = new Map<string, Readonly<Record<string, unknown>>>()
  const installed = new Set<string>([propertyId, otherPropertyId])
  const refused = new Map<string, FakeAnswer>()
  const told = new Map<string, Promise<boolean>>()

  const announce = async (threadId: string, message: BookMessage): Promise<boolean> => {
    const thread = book.threads.get(threadId)
    if (thread === undefined) return false
    const body = toMessageEvent(thread, message, switches) as Readonly<Record<string, unknown>>
    const { payload: _payload, ...bare } = body
    return deliveries.emit(switches.sendData ? body : bare)
  }

  const limited = createLimiter(now)
  const api = createChannexApi({
    apiKey,
    book,
    webhooks,
    attachments: new Map(),
    installed,
    refused,
    probe,
    sent: (thread, message) => {
      if (switches.echo) void announce(thread.id, message)
    },
  })
  const server = await serve(
    (request) => (switches.limited && limited(request) ? tooMany : api(request)),
    now,
  )

  return {
    ...deliveries,
    url: `${server.url}/api/v1`,
    server,
    switches,
    book,
    webhooks,
    change: (id, fields) => void webhooks.set(id, { ...webhooks.get(id), ...fields }),
    installed,
    open: (thread = {}) => book.open({ propertyId, booking: {}, ...thread }).id,
    say: (threadId, text, said = {}) => {
      const message = book.add(threadId, { sender: 'guest', text, ...said })
      told.set(message.id, announce(threadId, message))
      return message
    },
    told: async (messageId) => (await told.get(messageId)) ?? false,
    ask: (request) => void deliveries.emit(toRequestEvent(request, propertyId, now())),
    assign: (threadId) => {
      const thread = book.threads.get(threadId)
      if (thread === undefined) throw new Error(`there is no thread ${threadId} in the fake Channex`)
      thread.bookingId = book.book({}).id
      void deliveries.emit({
        event: 'message_thread_booking_assigned',
        payload: { booking_id: thread.bookingId, message_thread_id: threadId },
        property_id: thread.propertyId,
        user_id: null,
        timestamp: new Date(now()).toISOString(),
      })
    },
    posted: (threadId) =>
      (book.threads.get(threadId)?.messages ?? [])
        .filter(({ sender }) => sender === 'property')
        .map(({ text }) => text ?? ''),
    refuse: (threadId, answer) => void refused.set(threadId, answer),
    request: (body, headers = {}) => ({
      method: 'POST',
      path: '/channex/webhooks',
      query: '',
      headers: { 'content-type': 'application/json', 'x-channex-webhook-secret': secret, ...headers },
      body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    }),
    close: () => server.close(),
  }
}
