/** What the core and the adapters share. An adapter knows this file and nothing else of the core; this file imports nothing. */

/** Whatever survives JSON: addresses and stored records are made of it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** A platform's conversation, made and read only by that platform's `id.ts`; at most 512 characters. */
export type ConversationId = string & { readonly brand: 'ConversationId' }
/** Where a reply goes: an adapter's own versioned JSON (`{ v: 1, … }`), stored and handed back unread. */
export type Address = { readonly [key: string]: Json }

/** One HTTP request as an adapter sees it: the body's raw bytes, header names in lower case. */
export interface WebhookRequest {
  readonly method: string
  readonly path: string
  /** The raw query string, without the question mark. */
  readonly query: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: Buffer
}

export interface WebhookResponse {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Instead of a body: text that is sent as it comes. The signal aborts when the caller has left or the server closes. */
  readonly stream?: (left: AbortSignal) => AsyncIterable<string>
}

/** One route that an adapter answers. A 2xx means that everything in the request that matters is recorded. */
export interface Route {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** Largest body in bytes; above it the server answers 413. Default 1 MiB. */
  readonly limit?: number
  handle(request: WebhookRequest): Promise<WebhookResponse>
}

/** One event of a platform, as it is recorded: found without any look-up, read later by the worker. */
export interface Arrival {
  readonly conversation: ConversationId
  /** Every key under which the same event may come again; the arrival is new when none of them is known. */
  readonly keys: readonly string[]
  /** What a property's routes are matched against, e.g. `{ team: 'T0', channel: 'C0' }`; a list of what goes by several names. */
  readonly routing: Readonly<Record<string, string | readonly string[]>>
  /** The raw event, JSON text. */
  readonly payload: string
}

/** The durable way in. */
export interface Inbox {
  /** Resolves once every arrival is on disk; rejects when they could not be recorded: answer 503. */
  accept(arrivals: readonly Arrival[]): Promise<void>
  /** The same for what was looked for and may be known: resolves with how many were new, once these stand behind what came before. */
  acceptFound(arrivals: readonly Arrival[]): Promise<number>
}

/** `url` opens for the hotel without any of our credentials, and is left out where there is none; `deleted`: the guest has taken it away. */
export interface Attachment {
  readonly name: string
  readonly size?: number
  readonly url?: string
  readonly deleted?: boolean
}

/** `name` is for people and falls back to the id; both are empty where it is not known who deleted something. */
export type Author = { readonly id: string; readonly name: string }
/** By what a hotel may know who writes: a booking site's number, and an address that the platform vouches for. Kept in memory alone, never logged. */
export type Identity = { readonly bookingNumber?: string; readonly email?: string }

/** What a guest wrote, edited or deleted, in plain text. */
export interface Turn {
  readonly kind: 'message' | 'edit' | 'deletion'
  readonly author: Author
  /** Plain text without any markup; may be empty where there are attachments, or for a deletion. */
  readonly text: string
  /** What a new thread's subject begins with; left out: the first line of the text. */
  readonly subject?: string
  readonly attachments: readonly Attachment[]
  /** When it was written, edited or deleted, in milliseconds since 1970, by the platform's clock. */
  readonly at: number
  /** The message's own id, the same for its edits and its deletion: older versions that come late are left out, late messages are marked. */
  readonly message?: string
  /** Forward only where the conversation already has a Mews thread; left out: always. */
  readonly onlyInBridged?: boolean
  /** The platform's own reference of what was written, handed back to `acknowledge`; left out: no receipts. */
  readonly reference?: Json
}

/** What a guest asks of the connector itself: what it does, the state of the conversation, a new one, or another language. */
export type Command = 'help' | 'status' | 'new' | 'language'

/** One of the answers to a question that the connector itself asks. `id`: opaque, at most 40 characters of `[a-z0-9-]`, and tells nothing. */
export type Choice = { readonly id: string; readonly label: string }

/** What a recorded event turned out to be. */
export interface Reading {
  /** In the order they were written; empty for events that carry nothing for the hotel. */
  readonly turns: readonly Turn[]
  /** Where replies to this conversation go from now on. */
  readonly address?: Address
  /** Keys of arrivals that belong before it, where events overtake each other: recorded later, they go first all the same. */
  readonly after?: readonly string[]
  /** Answered by the core with a notice to `answerTo`, or else into the conversation. Where the words may be meant for the hotel as well, they are a turn, too. `askedAt`: when it was given, by the platform's clock; left out where that is not told. */
  readonly command?: Command
  readonly askedAt?: number
  /** Where a command is answered with other words. `channel`: in no conversation, where a mention outside of a thread begins one. `group`: where several people write, and what is for the hotel mentions us each time. */
  readonly where?: 'channel' | 'group'
  /** The language (BCP 47) that the command `language` names; left out where it names none that is known. */
  readonly chooses?: string
  /** The language of the one person who writes, as the platform has it; left out where several people read the answers. */
  readonly language?: string
  /** The guest's other conversations, which a status speaks of too. */
  readonly about?: readonly ConversationId[]
  /** The id of a `Choice` that somebody pressed. */
  readonly choice?: string
  /** Where the answer to a command or choice goes when not into the conversation as a message: privately, or in place of the question. */
  readonly answerTo?: Address
  /** The bot was added to this conversation: the core tells its people once who reads it. */
  readonly greet?: 'person' | 'group'
}

/** A temporary failure of something that `read` needs, such as a store that cannot be reached: the turn waits, and is not taken for unreadable. */
export class PassingError extends Error {
  override readonly name = 'PassingError'
  readonly code = 'passing'
}

/** One part of a reply or notice, small enough for the platform. */
export interface Part {
  /** Opaque, at most 40 characters of `[a-z0-9-]`, the same for every attempt of this part. */
  readonly deliveryId: string
  readonly address: Address
  readonly text: string
  /** Answers for people to press. The text lists them too, with their numbers, so a platform without buttons leaves them out. */
  readonly choices?: readonly Choice[]
}

/** What a failure means for the hotel's staff, who read the core's sentence about it. `too long`: in shorter parts it may arrive. `set-up`: the hotel's IT must act. Left out: none fits. */
export type FaultKind = 'too long' | 'guest gone' | 'closed' | 'ended' | 'links' | 'request' | 'set-up'

/** How a remote call ended. `retry` and `rejected` are certain: it did **not** arrive. `unknown`: it may have. `reason` is for those who run the connector: what happened and, where there is one, the platform's own code; never message text or secrets. */
export type Outcome =
  | { readonly outcome: 'sent'; readonly id?: string }
  | {
      readonly outcome: 'retry'
      readonly reason: string
      readonly afterMs?: number
      readonly kind?: FaultKind
    }
  | { readonly outcome: 'rejected'; readonly reason: string; readonly kind?: FaultKind }
  | { readonly outcome: 'unknown'; readonly reason: string }

/** What the platform says of a part whose outcome is unknown. `cannot tell` with `afterMs`: ask again then; without: it can never be told. */
export type Confirmation =
  | { readonly outcome: 'sent'; readonly id?: string }
  | { readonly outcome: 'absent' }
  | { readonly outcome: 'cannot tell'; readonly reason: string; readonly afterMs?: number }

/** How far a turn has come: `recorded` here, `delivered` to the hotel, or `failed` for good. */
export interface Acknowledgement {
  readonly address: Address
  readonly reference: Json
  readonly state: 'recorded' | 'delivered' | 'failed'
}

/** A platform's side of the bridge. */
export interface Adapter {
  /** Lower case, used in ids, lanes and metrics: `slack`. The label is for people: `Slack`. */
  readonly name: string
  readonly label: string
  readonly routes: readonly Route[]
  /** The platform's own; left out where nothing is compared with its times. */
  readonly clock?: RemoteClock
  /** False where guests cannot be asked which hotel they mean (what no route knows waits there until one does), and are told when a desk opens only if the settings name the platform. Left out: true. */
  readonly asks?: boolean
  /** All that it may `count`; each begins at 0. */
  readonly counts?: readonly string[]
  /** Polls a platform that can also be asked; returns soon after the signal aborts. */
  listen?(signal: AbortSignal): Promise<void>
  /** Turns a recorded payload into turns, as the hotel's staff read them: dates in their `timeZone` (IANA), or in UTC while it is not known, and our own words in their `language`. May look things up; a failed look-up falls back to ids. Throws only for a payload that cannot be read at all, which fails visibly. */
  read(payload: string, signal: AbortSignal, timeZone?: string, language?: string): Promise<Reading>
  /** By what the hotel may know the author of a recorded event; rejects, or gives nothing, where that cannot be had. Nothing waits for it. Left out: never. */
  identify?(payload: string, signal: AbortSignal): Promise<Identity>
  /** Cuts plain text into parts the platform takes; pure, never empty, and joined they lose no character but white space at the cuts. */
  split(text: string): readonly string[]
  /** Asked before an attempt is recorded: after how many milliseconds the part may be sent, 0 for now, which counts until `send` has ended. Left out: always now. A few attempts at a time leave a few to look up after a crash; may wait for a moment itself, and never rejects. */
  mayBegin?(part: Part, signal: AbortSignal): Promise<number>
  /** Makes one attempt, at most one request that posts; never throws. */
  send(part: Part, signal: AbortSignal): Promise<Outcome>
  /** Asks whether a part sent at `since` (milliseconds since 1970, by `clock` where there is one) or later has arrived; never throws. Absent where the platform cannot be asked. */
  confirm?(part: Part, since: number, signal: AbortSignal): Promise<Confirmation>
  /** The staff have resolved the conversation: closes it on the platform as well, and says there that no reply will come where that matters. Does nothing where the guest wrote what the hotel does not have yet. Doing it again does no harm; never throws. Absent where nothing is to be closed: then Mews is not asked either. */
  resolved?(address: Address, signal: AbortSignal): Promise<Outcome>
  /** Shows the guest how far a turn has come; best effort, never throws, and nothing waits for it. */
  acknowledge?(acknowledgement: Acknowledgement, signal: AbortSignal): Promise<void>
  /** Asks the platform whether the settings hold: credentials, permissions. Never throws. */
  check?(signal: AbortSignal): Promise<readonly Finding[]>
  /** Where we act on the platform, for the console: from memory and records, without asking the platform. Rejects when the records cannot be read. */
  installations?(): Promise<readonly Installation[]>
  close?(): Promise<void>
}

/** One thing that was looked at before it fails at night: `Slack token`. `detail`: what it was found to be, or what to do; never a secret. */
export interface Finding {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
}

/** One place where we act: a Slack workspace, the bot in Teams, a Channex account. */
export interface Installation extends Finding {
  /** When it came about, milliseconds since 1970; left out where that is not known, or the settings say so. */
  readonly installedAt?: number
  /** When the platform was last looked through for what guests wrote. */
  readonly lookedAt?: number
}

/** What came of a step of setting a platform up; `detail` says it in a few sentences, and never a secret. */
export interface SetUpResult {
  readonly did: 'created' | 'repaired' | 'nothing'
  readonly detail: string
}

/** A step of setting a platform up that its adapter can do by itself: `mews-chat <platform> <name>`. */
export interface SetUpStep<Config = unknown> {
  readonly name: string
  readonly summary: string
  readonly details: string
  /** Does what is missing; again, it changes nothing. Undefined when a setting that it needs was reported; rejects with what failed and what to do. */
  run(config: Config, context: SetUpContext, signal: AbortSignal): Promise<SetUpResult | undefined>
}
interface SetUpContext extends Pick<AdapterContext, 'clock'> {
  readonly random: () => number
  readonly fetch: typeof fetch
  readonly report: ReportProblem
}

/** Time, injected. */
export interface Clock {
  /** Milliseconds since 1970, as the machine has it: it may be wrong, and it may be set. */
  now(): number
  /** Milliseconds since any moment; never set, so how long something takes or lasts in this process is measured by it. */
  monotonic(): number
  /** Resolves after `ms`, or at once when the signal aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** Another system's clock, as its answers show it, and this machine's until then. `skewMs`: how far this machine is ahead. `learn` asks where no answer has shown it yet, and never rejects. */
export interface RemoteClock extends Pick<Clock, 'now'> {
  skewMs(): number | undefined
  learn(signal: AbortSignal): Promise<void>
}

/** One line per change of state: ids and outcomes, never texts, names or secrets. pino's loggers are of this shape. */
export type Log = Readonly<Record<'debug' | 'info' | 'warn' | 'error', WriteLine>>
type WriteLine = (fields: Readonly<Record<string, unknown>>, message: string) => void

/** An adapter's small durable records, installations above all; encrypted where a key is set. Every method rejects when the backend fails. */
export interface Vault {
  get(key: string): Promise<Json | undefined>
  set(key: string, value: Json): Promise<void>
  delete(key: string): Promise<void>
}

/** How many turns and replies are not delivered yet, and when something was last recorded, in milliseconds since 1970. */
export interface ConversationState {
  readonly conversation: ConversationId
  readonly waiting: number
  readonly lastAt: number
}

/** What an adapter may ask about its own conversations; unknown ones are left out. `isBridged`: whether it has, or had, a Mews thread. */
export interface Directory {
  isBridged(conversation: ConversationId): Promise<boolean>
  statesOf(conversations: readonly ConversationId[]): Promise<readonly ConversationState[]>
  /** The conversation in which an arrival with one of these keys is recorded; undefined where none is. */
  conversationOf(keys: readonly string[]): Promise<ConversationId | undefined>
  /** Those of the platform's message ids that are recorded as parts that were sent: what is looked up now has become none of them. */
  sentParts(ids: readonly string[]): Promise<ReadonlySet<string>>
}

/** What every adapter is given beside its own configuration. */
export interface AdapterContext {
  readonly inbox: Inbox
  readonly vault: Vault
  readonly directory: Directory
  /** The bot's own words by name, with `{name}`s filled in; replaceable by the operator. `tag`: the reader's language (BCP 47). */
  readonly say: (name: string, values?: Readonly<Record<string, string | number>>, tag?: string) => string
  /** The command that a text is when it says nothing else, whatever the language. */
  readonly readCommand: (text: string) => Pick<Reading, 'command' | 'chooses'> | undefined
  /** Counts what no message tells of, for the metrics; `event` is one of the adapter's own few words: `withheld`. */
  readonly count: (event: string) => void
  readonly clock: Clock
  readonly log: Log
}

/** Settings by name, as the environment or the file gave them. */
export type Settings = Readonly<Record<string, string | undefined>>
/** Collects what is wrong with the settings: each problem names the setting and the remedy, and shows no value that may be secret. */
export type ReportProblem = (setting: string, remedy: string) => void
