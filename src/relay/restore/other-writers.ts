import type { MewsMessage } from '../../mews/wire.ts'
import { readRestored } from '../../store/restored.ts'
import { untilInMewsTime } from './restored.ts'
import type { Marks } from '../../store/types.ts'
import { countOf } from '../../util/text.ts'
import type { RelayContext } from '../context.ts'
import type { HotelConnection } from '../property/hotel.ts'
import { findUnknownThreads, findUnknownTurns } from './unknown-turns.ts'

/** Messages and threads that another connector wrote with a property's access token. Times by Mews's clock, in milliseconds since 1970. */
export interface OtherWriting {
  readonly firstAt: number
  readonly lastAt: number
  readonly turns: number
  readonly threads: number
}

/** Notices that another connector works with the same access token, by what Mews has from us and we did not send. */
export interface OtherWriters {
  /** Looks through messages that were listed anyway. */
  look(messages: readonly MewsMessage[]): Promise<void>
  /** Ends a sync of everything: asks, once an hour, for the threads that were opened, and tells operators. */
  end(signal: AbortSignal): Promise<void>
}

/** After this long a message of ours is recorded, and Mews shows it. */
const settledMs = 10 * 60_000

/** How often it is asked which threads were opened. */
const threadsMs = 55 * 60_000

/** How far back threads are listed: Mews lists at most three months at once. */
const longestMs = 30 * 24 * 60 * 60_000

/** How long a finding counts. */
const rememberedMs = 24 * 60 * 60_000

/** At most this many threads are named in the log. */
const mostNamed = 10

export const createOtherWriters = (context: RelayContext, hotel: HotelConnection): OtherWriters => {
  const { store, clock, log } = context
  const { key, mews } = hotel
  /** By id, since a sync that failed reads the same messages again. */
  let found = new Map<string, MewsMessage>()

  /** Messages from before this are not judged: their records may be lost since a backup was put back. */
  const notBefore = async (): Promise<number> => {
    const span = await readRestored(store.marks)
    return span === undefined ? 0 : untilInMewsTime(span, mews.clock, clock) + settledMs
  }

  const opened = async (from: number, to: number, signal: AbortSignal) => {
    if (to - from < threadsMs) return undefined
    const since = Math.max(from, await notBefore(), to - longestMs)
    if (since >= to) return []
    const listed = await mews.listThreads({ createdFrom: since, createdTo: to }, signal, 'sync')
    return findUnknownThreads(
      listed.filter(({ createdAt }) => createdAt > since && createdAt <= to),
      store,
    )
  }

  return {
    look: async (messages) => {
      for (const message of await findUnknownTurns(messages, store)) found.set(message.id, message)
    },
    end: async (signal) => {
      const turns = [...found.values()]
      found = new Map()
      const now = mews.clock.now()
      const to = now - settledMs
      const { turnsTo = now, threadsTo = now, seen } = (await readState(store.marks, key)) ?? {}
      const from = Math.max(turnsTo, await notBefore())
      const unknown = turns.filter(({ createdAt }) => createdAt > from && createdAt <= to)
      const threads = await opened(threadsTo, to, signal)
      const state = { turnsTo: Math.max(turnsTo, to), threadsTo: threads === undefined ? threadsTo : to }
      const news = [...unknown, ...(threads ?? [])]
      const joined = join(seen, news, unknown.length, to)
      await store.marks.set(markOf(key), JSON.stringify({ ...state, ...(joined && { seen: joined }) }))
      if (news.length === 0) return
      const named = [...unknown.map(({ threadId }) => threadId), ...(threads ?? []).map(({ id }) => id)]
      const threadIds = [...new Set(named)].slice(0, mostNamed)
      const counts = { turns: unknown.length, threads: threads?.length ?? 0 }
      log.error({ property: key, ...counts, threadIds }, 'another connector writes with this access token')
    },
  }
}

/** Reads what others wrote lately; undefined where they wrote nothing. */
export const readOtherWriting = async (
  property: string,
  marks: Marks,
  atMews: number,
): Promise<OtherWriting | undefined> => {
  const seen = (await readState(marks, property))?.seen
  return seen === undefined || seen.lastAt < atMews - rememberedMs ? undefined : seen
}

/** For those who run the connector. */
export const explainOtherWriting = ({ turns, threads, lastAt }: OtherWriting): string =>
  `Another connector writes to Mews with this access token: ${countOf(turns, 'message')} and ${countOf(threads, 'thread')} that this one did not send, the last at ${new Date(lastAt).toISOString()}. Guests and staff may get everything twice. Stop the other one, or an old copy of this one; if this database was restored from a dump, run mews-chat restored and restart`

async function readState(marks: Marks, property: string): Promise<State | undefined> {
  const mark = await marks.get(markOf(property))
  return mark === undefined ? undefined : (JSON.parse(mark) as State)
}

interface State {
  /** Up to when messages, and threads, were judged. */
  readonly turnsTo: number
  readonly threadsTo: number
  readonly seen?: OtherWriting
}

const markOf = (property: string): string => `others:${property}`

/** Adds new findings to earlier ones, unless those are too old. */
function join(
  before: OtherWriting | undefined,
  news: readonly { readonly createdAt: number }[],
  turns: number,
  now: number,
): OtherWriting | undefined {
  const last = before !== undefined && before.lastAt > now - rememberedMs ? before : undefined
  if (news.length === 0) return last
  const times = news.map(({ createdAt }) => createdAt)
  const firstAt = last?.firstAt ?? Math.min(...times)
  const lastAt = Math.max(last?.lastAt ?? 0, ...times)
  return {
    firstAt,
    lastAt,
    turns: (last?.turns ?? 0) + turns,
    threads: (last?.threads ?? 0) + news.length - turns,
  }
}
