import type {
  Adapter,
  Address,
  Arrival,
  Author,
  Inbox,
  WebhookRequest,
  WebhookResponse,
} from '../../../src/port.ts'

/** An inbox that keeps what it is given, and knows again what it has seen. */
export interface RecordingInbox extends Inbox {
  /** One element for each call of `accept` that succeeded. */
  readonly accepted: readonly (readonly Arrival[])[]
  /** The arrivals that were new when they came. */
  readonly recorded: readonly Arrival[]
  /** From now on nothing can be recorded: `accept` rejects. */
  breakDown(): void
}

export const createRecordingInbox = (): RecordingInbox => {
  const accepted: (readonly Arrival[])[] = []
  const recorded: Arrival[] = []
  const known = new Set<string>()
  let broken = false
  const take = async (arrivals: readonly Arrival[]): Promise<number> => {
    if (broken) throw new Error('The disk is full.')
    const fresh = arrivals.filter(({ keys }) => !keys.some((key) => known.has(key)))
    for (const key of arrivals.flatMap(({ keys }) => keys)) known.add(key)
    accepted.push(arrivals)
    recorded.push(...fresh)
    return fresh.length
  }
  return {
    accepted,
    recorded,
    breakDown: () => {
      broken = true
    },
    accept: async (arrivals) => void (await take(arrivals)),
    acceptFound: (arrivals) => take(arrivals),
  }
}

/**
 * What happens to the next request that posts; reads go on working.
 * - `limited`: 429 with `Retry-After: 7`, or the platform's own form of it; nothing is posted
 * - `refused for good`: a permanent 4xx, e.g. an archived conversation; nothing is posted
 * - `reset before applying`, `reset after applying`: the connection breaks; the text is not, or is, posted
 * - `server error after applying`: 500, and the text is posted
 * - `html after applying`: 200 with a proxy's HTML page, and the text is posted
 * - `hang`: no answer ever comes
 * - `refused connection`: nobody listens
 */
export type SendFault =
  | 'limited'
  | 'refused for good'
  | 'reset before applying'
  | 'reset after applying'
  | 'server error after applying'
  | 'html after applying'
  | 'hang'
  | 'refused connection'

/** The fake platform, as the contract needs it. */
interface PlatformSwitches {
  failSend(fault: SendFault): void | Promise<void>
  /** From now on every request that only reads fails with 500; left out where `read` and `confirm` ask nothing. */
  failLookUps?(): void
  /** The texts that were posted, in order, as they stand in the requests. */
  posted(): readonly string[]
  /** How many requests that post have reached the platform, applied or not. */
  attempts(): number
}

type Eventually<T> = T | Promise<T>

/**
 * One adapter over a fresh fake platform. Every method that makes a request makes it as the platform would, validly
 * authenticated, and each call of `request` is a new message, even with the same text.
 */
export interface AdapterHarness {
  readonly adapter: Adapter
  readonly inbox: RecordingInbox
  readonly platform: PlatformSwitches

  /** Who writes in `request`; the name as `read` should give it. */
  readonly author: Author
  /** A guest's message that is for the hotel. `second` is another conversation than `first`, the default. */
  request(text: string, conversation?: 'first' | 'second'): Eventually<WebhookRequest>
  /** The same event as the platform sends it again, e.g. with a retry header. */
  redelivered(request: WebhookRequest): Eventually<WebhookRequest>
  /** The same request as somebody without the secret would send it. */
  forged(request: WebhookRequest): Eventually<WebhookRequest>
  /** The same request as somebody would replay it much later; left out where the platform's scheme has no time. */
  stale?(request: WebhookRequest): Eventually<WebhookRequest>
  /** A request with this body, authenticated as far as the platform's scheme allows with such a body. */
  signed(body: string): Eventually<WebhookRequest>
  /** What malformed bodies are answered with; 400 unless the scheme authenticates parts of the body. */
  readonly malformedStatus?: 400 | 401
  /** The bot's own message coming back; left out where the platform never sends it. */
  echo?(): Eventually<WebhookRequest>
  /** An event of a kind that the platform may invent tomorrow. */
  unknownEvent(): Eventually<WebhookRequest>

  /** Where parts are sent: a conversation of the fake platform. */
  address(): Address
  /** Texts full of the platform's markup, and how each must stand in the request so that a reader sees `text`. */
  readonly hostile: readonly { readonly text: string; readonly arrives: string }[]
  /** The most UTF-16 units of one part. */
  readonly limit: number
  /** Whether the platform can be asked what became of a part. */
  readonly confirms: boolean

  /** The clock that the adapter and the fake platform share, in milliseconds since 1970. */
  now(): number
  /** Moves that clock on. Time limits that do not follow it must be made shorter than a second. */
  advance(ms: number): void | Promise<void>
  close(): Promise<void>
}

/** Hands a request to the adapter's route for it, as the server would. */
export const deliver = async (
  { adapter }: AdapterHarness,
  request: WebhookRequest | undefined,
): Promise<WebhookResponse> => {
  if (request === undefined) throw new Error('The harness made no request.')
  const route = adapter.routes.find(({ method, path }) => method === request.method && path === request.path)
  if (route === undefined)
    throw new Error(`No route of ${adapter.name} answers ${request.method} ${request.path}.`)
  return route.handle(request)
}
