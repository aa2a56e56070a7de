import type { webApi } from '@slack/bolt'
import { LRUCache } from 'lru-cache'
import type { Clock, Directory, Inbox, Log } from '../../../src/port.ts'
import { failureCode } from '../../../src/util/failure.ts'
import { resultWithin } from '../../../src/util/time-limit.ts'
import { type Call, refusalCode } from '../api/call.ts'
import type { GuestEvent } from '../receive/event.ts'
import type { FoundEvent, Intake } from '../receive/intake.ts'
import { type Fields, readEnvelope, readFields, readList, toMilliseconds } from '../wire.ts'
import type { HistoryBudget } from '../api/history.ts'
import type { Given } from '../api/installation.ts'

/** After this long Slack has repeated what it could not deliver while we were away. It repeats at once, after one minute and after five. */
const repeatedMs = 10 * 60_000

/** As many readings are left for looking up replies. */
const leftForReplies = 5

/** How long it may delay a guest's message. */
const waitMs = 1_500

/** As much as Slack gives at once to every app (https://docs.slack.dev/apis/web-api/rate-limits). */
const pageSize = 15

/** What is older than this was not written while we were away. */
const dayMs = 24 * 60 * 60_000

const maxConversations = 10_000

/**
 * Records earlier messages of the conversation that are missing, and gives their keys. Gives none where that is not needed or not possible;
 * the core then marks what comes late. Rejects with the store's error.
 */
export type FindEarlierMessages = (event: GuestEvent, given: Given) => Promise<readonly string[]>

/** What `createFindEarlierMessages` needs. */
export interface EarlierMessagesOptions {
  readonly call: Call
  readonly budget: HistoryBudget
  readonly intake: Pick<Intake, 'find'>
  readonly inbox: Pick<Inbox, 'acceptFound'>
  readonly directory: Pick<Directory, 'conversationOf'>
  readonly clock: Clock
  readonly log: Log
}

/**
 * After a start the first message of each conversation may come before earlier ones, which Slack repeats a minute later. So what stands
 * before it is read once, for a moment, where the app may read history often.
 */
export const createFindEarlierMessages = (options: EarlierMessagesOptions): FindEarlierMessages => {
  const { budget, intake, inbox, directory, clock } = options
  const startedAt = clock.monotonic()
  const looked = new LRUCache<string, true>({ max: maxConversations })
  const look = createThreadReader(options)

  const mayLack = ({ kind, conversation, place, message }: GuestEvent, { body, signal }: Given): boolean =>
    !signal.aborted &&
    clock.monotonic() - startedAt < repeatedMs &&
    kind === 'message' &&
    message.ts !== place.threadTs &&
    // A message from the history has no event id.
    readEnvelope(body).eventId !== undefined &&
    !looked.has(conversation)

  /**
   * Takes the messages after the newest recorded one. Where none is recorded, takes those that may have been written while we were away,
   * beginning with the one that starts the conversation, because people may have written in a thread before they mentioned us.
   */
  const missing = async (found: readonly Found[], at: number): Promise<readonly Found[]> => {
    for (const [index, { arrival }] of [...found.entries()].toReversed())
      if ((await directory.conversationOf(arrival.keys)) !== undefined) return found.slice(index + 1)
    const late = found.filter((one) => one.at > at - 2 * repeatedMs)
    const begins = late.findIndex(({ onlyInBridged }) => !onlyInBridged)
    return begins === -1 ? [] : late.slice(begins)
  }

  return async (event, given) => {
    if (!mayLack(event, given)) return []
    const { method } = queryOf(event)
    const { team } = given.workspace
    if (!budget.isPlentiful(team, method) || budget.take(team, method, leftForReplies) > 0) return []
    looked.set(event.conversation, true)
    const found: Found[] = []
    for (const message of await look(event, given)) {
      const { channel, channel_type: kind } = readFields(given.body['event']) ?? {}
      const one = await intake.find(toEventBody(message, { body: given.body, channel, kind }))
      const at = toMilliseconds(String(message['ts']))
      if (one?.arrival.conversation === event.conversation) found.push({ ...one, at })
    }
    const lacking = await missing(found, toMilliseconds(event.message.ts ?? ''))
    const arrivals = lacking.map(({ arrival }) => arrival)
    if (arrivals.length > 0) await inbox.acceptFound(arrivals)
    return arrivals.flatMap(({ keys }) => keys)
  }
}

/** A message of the history as the event that would have told of it, in the envelope of another event. */
export const toEventBody = (
  message: Fields,
  { body, channel, kind }: { readonly body: Fields; readonly channel: unknown; readonly kind?: unknown },
): Fields => {
  const event = { ...message, type: 'message', channel, event_ts: message['ts'] }
  const named = kind === undefined ? event : { ...event, channel_type: kind }
  return { ...body, event_id: undefined, event_context: undefined, event: named }
}

/** Reads what stands right before a message, the oldest first; nothing where that cannot be had within a moment. */
function createThreadReader({ call, budget, clock, log }: EarlierMessagesOptions) {
  const ask = (event: GuestEvent, { workspace }: Given, signal: AbortSignal): Promise<unknown> => {
    const { place, message, conversation } = event
    const { ts: latest = '' } = message
    const { method, backMs } = queryOf(event)
    const oldest = ((toMilliseconds(latest) - backMs) / 1000).toFixed(6)
    const request = (client: webApi.WebClient, token: string): Promise<unknown> => {
      const page = { token, channel: place.channel, oldest, latest, limit: pageSize }
      const options = { ...page, inclusive: false, include_all_metadata: true }
      return method === 'conversations.history'
        ? client.conversations.history(options)
        : client.conversations.replies({ ...options, ts: place.threadTs ?? '' })
    }
    const read = () => call({ ...workspace, method }, signal, request)
    return budget.read(workspace.team, method, read).catch((error: unknown) => {
      const code = refusalCode(error) ?? failureCode(error)
      log.info({ platform: 'slack', conversation, code }, 'earlier messages could not be looked for')
    })
  }

  return async (event: GuestEvent, given: Given): Promise<readonly Fields[]> => {
    const { ts: latest = '' } = event.message
    const answer = await resultWithin({ clock, signal: given.signal, ms: waitMs }, () =>
      ask(event, given, given.signal),
    )
    const page = readFields(answer) ?? {}
    const isThread = queryOf(event).method === 'conversations.replies'
    // A long thread is listed from its beginning, so the messages right before this one may be missing.
    if (isThread && page['has_more'] === true) return []
    return readList(page['messages'])
      .filter(({ ts }) => typeof ts === 'string' && Number(ts) < Number(latest))
      .toSorted((left, right) => Number(left['ts']) - Number(right['ts']))
  }
}

/** What to read, and from when on. A thread lists its newest messages last, so only a short span is asked for. */
function queryOf({ place }: GuestEvent) {
  return place.threadTs === undefined
    ? ({ method: 'conversations.history', backMs: dayMs } as const)
    : ({ method: 'conversations.replies', backMs: 2 * repeatedMs } as const)
}

interface Found extends FoundEvent {
  readonly at: number
}
