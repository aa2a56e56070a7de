import type { webApi } from '@slack/bolt'
import { LRUCache } from 'lru-cache'
import { type AdapterContext, type Arrival, PassingError } from '../../../src/port.ts'
import { type Call, refusalCode } from '../api/call.ts'
import type { HistoryBudget } from '../api/history.ts'
import type { Given } from '../api/installation.ts'
import { readConversationId } from '../id.ts'
import { type KnownIds, readEvent } from '../receive/event.ts'
import type { Intake } from '../receive/intake.ts'
import { readMove } from '../receive/lifecycle-event.ts'
import { toFailure } from '../send/outcome.ts'
import { type Fields, readEnvelope, readFields, readList, readString } from '../wire.ts'
import { type Routes, unmovedForMs } from '../workspace/channels.ts'
import { toEventBody } from './earlier-messages.ts'

/** Slack's servers may name the moment of the change a little late. */
const marginSeconds = 600

/** As much as Slack gives at once to every app (https://docs.slack.dev/apis/web-api/rate-limits). */
const pageSize = 15

/** More than people write, and threads that they write in, before Slack tells of the change. */
const maxMessages = 1_000

const maxThreads = 50

const maxMoves = 1_000

/**
 * What people wrote in a direct message of several people that has become a private channel under another id, before Slack told of that id:
 * it looked like talk of a channel that is none of ours.
 */
export interface MovedGroups {
  /**
   * Reads the channel's history and records what is missing; gives the keys of what belongs before anything that is recorded later. Asking
   * again changes nothing. Rejects with `PassingError` while Slack does not answer.
   */
  findMissing(given: Given): Promise<readonly string[]>
  /**
   * Records a reply in a thread there once more, as one of the group's, unless `findMissing` did. False where a mention had begun the
   * thread under the new id: the reply is the hotel's already, and may be on its way.
   */
  enter(body: Fields): Promise<boolean>
}

/** What `createMovedGroups` needs. */
export interface MovedGroupsOptions extends Pick<AdapterContext, 'clock' | 'log'> {
  readonly call: Call
  readonly budget: HistoryBudget
  readonly knownIds: KnownIds
  readonly routes: Pick<Routes, 'ids' | 'current' | 'poster' | 'move'>
  readonly intake: Pick<Intake, 'find'>
  readonly inbox: Pick<AdapterContext['inbox'], 'acceptFound'>
  readonly directory: Pick<AdapterContext['directory'], 'conversationOf' | 'isBridged'>
}

export const createMovedGroups = (options: MovedGroupsOptions): MovedGroups => {
  const { inbox, intake, routes, directory, clock, log } = options
  const done = new LRUCache<string, readonly string[]>({ max: maxMoves })
  const readWritten = createReadWritten(options)
  const toMissing = createToMissing(options)

  const find = async (moved: Moved, given: Given): Promise<readonly Arrival[]> => {
    const { channel } = moved
    // Another instance may pass over messages until it sees the change.
    await clock.sleep(unmovedForMs, given.signal)
    const found: Missing[] = []
    const seen = new Set<string>()
    for (const talk of await readWritten(moved, given)) found.push(...(await toMissing(talk, seen, moved)))
    const missing = found.toSorted((left, right) => left.at - right.at).map(({ arrival }) => arrival)
    if (missing.length > 0) await inbox.acceptFound(missing)
    log.info({ platform: 'slack', channel, found: missing.length }, 'a group has become a channel')
    return missing
  }

  return {
    findMissing: async (given) => {
      const move = readMove(readEnvelope(given.body))
      if (move === undefined) return []
      const id = `${move.from} ${move.to}`
      const known = done.get(id)
      if (known !== undefined) return known
      await routes.move(move.from, move.to)
      const since = changedAt(given.body) - marginSeconds
      const channel = await routes.current(move.to)
      const keys = (await find({ body: given.body, channel, since }, given)).flatMap((found) => found.keys)
      done.set(id, keys)
      return keys
    },
    enter: async (body) => {
      const { channel, ts } = readFields(body['event']) ?? {}
      const ids = await routes.ids(String(channel))
      const keys = toKeys('group', ids, ts)
      if ((await directory.conversationOf(keys)) !== undefined) return true
      const recordedIn = await directory.conversationOf(toKeys('message', ids, ts))
      if (recordedIn !== undefined && (await directory.isBridged(recordedIn))) return false
      const found = await intake.find(body)
      if (found !== undefined) await inbox.acceptFound([{ ...found.arrival, keys }])
      return true
    },
  }
}

/** When the change happened, in seconds since 1970. */
function changedAt(body: Fields): number {
  const { event, at } = readEnvelope(body)
  const told = Number(readString(event['event_ts']))
  return told > 0 ? told : at / 1000
}

/** Messages of one thread, or of the channel itself, the oldest first. */
type Talk = readonly Fields[]

/** A group that has become a channel. */
interface Moved {
  /** The event that told of it. */
  readonly body: Fields
  /** Its id now. */
  readonly channel: string
  /** What is older was written before, in seconds since 1970. */
  readonly since: number
}

interface Missing {
  /** Slack's `ts` as a number. */
  readonly at: number
  readonly arrival: Arrival
}

/** Reads threads in which something was written since the change, then the channel itself; rejects with `PassingError` where that has to wait. */
function createReadWritten({ call, budget, routes, clock, log }: MovedGroupsOptions) {
  const readPage = async ({ method, ...query }: Query, given: Given): Promise<Fields> => {
    const workspace = (await routes.poster(query.channel)) ?? given.workspace
    const { signal } = given
    const { team } = workspace
    for (let left = budget.take(team, method); left > 0; left = budget.take(team, method)) {
      await clock.sleep(left, signal)
      signal.throwIfAborted()
    }
    const request = (client: webApi.WebClient, token: string): Promise<unknown> => {
      const page = { ...query, token, limit: pageSize, include_all_metadata: true }
      return method === 'conversations.history'
        ? client.conversations.history(page)
        : client.conversations.replies({ ts: '', ...page })
    }
    const answer = await budget.read(team, method, () => call({ ...workspace, method }, signal, request))
    return readFields(answer) ?? {}
  }

  /** Reads page by page, until one ends before `since`. */
  const readAll = async (query: Query, since: number, given: Given): Promise<Talk> => {
    const found: Fields[] = []
    let next: Query | undefined = query
    while (next !== undefined && found.length < maxMessages) {
      const page = await readPage(next, given)
      const messages = readList(page['messages'])
      found.push(...messages)
      const cursor = readString(readFields(page['response_metadata'])?.['next_cursor'])
      // The history of a channel begins with its newest message.
      const isOver = query.ts === undefined && Number(messages.at(-1)?.['ts']) < since
      next = cursor === undefined || isOver ? undefined : { ...query, cursor }
    }
    return found.toSorted((left, right) => Number(left['ts']) - Number(right['ts']))
  }

  return async ({ channel, since }: Moved, given: Given): Promise<readonly Talk[]> => {
    try {
      const all = await readAll({ method: 'conversations.history', channel }, since, given)
      const threads = all
        .filter((message) => Number(message['reply_count']) > 0)
        .filter(({ latest_reply: latest }) => latest === undefined || Number(latest) > since)
        .slice(-maxThreads)
      const method = 'conversations.replies'
      const talks: Talk[] = []
      for (const { ts } of threads) {
        const thread = { method, channel, ts: String(ts), oldest: since.toFixed(6) } as const
        talks.push(await readAll(thread, since, given).catch(nothingWhereGone))
      }
      return [...talks, all]
    } catch (error) {
      given.signal.throwIfAborted()
      const { outcome, reason } = toFailure(error)
      if (outcome !== 'rejected') throw new PassingError(reason)
      log.warn({ platform: 'slack', channel, reason }, 'a group has become a channel that cannot be read')
      return []
    }
  }
}

/** A thread may be deleted meanwhile. */
function nothingWhereGone(error: unknown): Talk {
  if (refusalCode(error) === 'thread_not_found') return []
  throw error
}

interface Query {
  readonly method: 'conversations.history' | 'conversations.replies'
  readonly channel: string
  /** Of the thread's first message. */
  readonly ts?: string
  readonly oldest?: string
  readonly cursor?: string
}

/** Finds what the hotel does not have of a talk, as it would be recorded now; leaves out what was `seen` in another. */
function createToMissing({ knownIds, routes, intake, directory }: MovedGroupsOptions) {
  /** The keys under which a message is recorded, once more or for the first time; undefined where the hotel has it. */
  const keysFor = async (
    { ts }: Fields,
    keys: readonly string[],
    { ids, wasForHotel }: { readonly ids: readonly string[]; readonly wasForHotel: boolean },
  ): Promise<readonly string[] | undefined> => {
    if ((await directory.conversationOf(toKeys('shortcut', ids, ts))) !== undefined) return undefined
    const own = toKeys('message', ids, ts)
    const recordedIn = await directory.conversationOf(own)
    if (recordedIn === undefined) return [...new Set([...keys, ...own])]
    const isOfGroup = readConversationId(recordedIn)?.channel === ids[0]
    // Else it was taken for a reply in a thread of a channel, where nobody had mentioned us.
    return wasForHotel || isOfGroup ? undefined : toKeys('group', ids, ts)
  }

  return async (talk: Talk, seen: Set<string>, { body, channel, since }: Moved) => {
    const ids = await routes.ids(channel)
    const missing: Missing[] = []
    const begun = new Set<unknown>()
    for (const message of talk) {
      const { ts, thread_ts: root = ts } = message
      const toBody = (kind: string): Fields => toEventBody(message, { body, channel, kind })
      const before = readEvent(readEnvelope(toBody('group')), knownIds)
      const wasForHotel = 'place' in before && (!before.onlyInBridged || begun.has(root))
      if (wasForHotel) begun.add(root)
      if (!(Number(ts) > since) || seen.has(String(ts))) continue
      seen.add(String(ts))
      const found = await intake.find(toBody('mpim'))
      if (found === undefined) continue
      const keys = await keysFor(message, found.arrival.keys, { ids, wasForHotel })
      if (keys !== undefined) missing.push({ at: Number(ts), arrival: { ...found.arrival, keys } })
    }
    return missing
  }
}

/** The keys of a message under every id of its channel. */
function toKeys(
  kind: 'message' | 'shortcut' | 'group',
  ids: readonly string[],
  ts: unknown,
): readonly string[] {
  return ids.map((id) => `${kind}:${id}:${String(ts)}`)
}
