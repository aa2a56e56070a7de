import type { RequestKind } from '../../mews/budget.ts'
import type { Mews } from '../../mews/client.ts'
import { MewsError } from '../../mews/error.ts'
import type { MewsMessage, MewsThread } from '../../mews/wire.ts'
import type { RemoteClock } from '../../port.ts'
import type { Store } from '../../store/types.ts'
import { isItemRefusal } from './call.ts'

/** The messages of threads, and the threads that could not be read. */
export interface Listed {
  /** Oldest first within a thread. */
  readonly messages: readonly MewsMessage[]
  /** Whether any request for messages was answered. */
  readonly answered: boolean
  /** Mews says that they do not exist. */
  readonly unknown: ReadonlySet<string>
  /** Mews knows them and refuses their messages, each by itself. */
  readonly refused: ReadonlySet<string>
  /** One of these causes a refusal, but it was not found out which. */
  readonly unclear: ReadonlySet<string>
  /** Why, where there are any of these. */
  readonly error: MewsError | undefined
}

/** Reads up to 1000 threads of one hotel at a time, and goes on past those that Mews refuses. */
export interface HotelReader {
  /**
   * The threads' messages, in an interval or all. A refusal says nothing by itself: the threads that cause it are found by asking Mews
   * which ones it knows, and by halving. Rejects where Mews could not be asked that.
   */
  listMessages(
    threadIds: readonly string[],
    interval: { readonly start: number; readonly end: number } | { readonly start?: undefined },
    how: Request,
  ): Promise<Listed>
  /**
   * Those of the threads that Mews knows: a thread that is left out does not exist there. Where naming one that does not exist refuses the
   * request, Mews is asked what was opened in their time. Rejects where that is refused, too.
   */
  listThreads(threadIds: readonly string[], how: Request): Promise<readonly MewsThread[]>
}

/** An interval of Mews's times that holds everything from `since` until now, and more where Mews's clock is not known. */
export const intervalSince = (
  since: number,
  clock: RemoteClock,
): { readonly start: number; readonly end: number } => {
  const tolerance = clock.skewMs() === undefined ? unknownToleranceMs : clockToleranceMs
  const now = clock.now()
  // A time later than now was recorded by a wrong clock.
  const start = since > now + tolerance ? now - unknownToleranceMs : since - tolerance
  return { start, end: now + tolerance }
}

/** How far what Mews recorded may be from Mews's clock as it is known here. */
const clockToleranceMs = 5 * 60_000
/** The same while its clock is not known: this machine's time zone may be wrong, too. */
const unknownToleranceMs = 26 * 60 * 60_000

/** How far Mews's clock may have been from ours when a thread was opened. */
const marginMs = 24 * 60 * 60_000

export const createHotelReader = (
  mews: Pick<Mews, 'listMessages' | 'listThreads'>,
  rows: Pick<Store['threads'], 'byId'>,
): HotelReader => {
  const listThreads: HotelReader['listThreads'] = async (threadIds, { kind, signal }) => {
    try {
      return await inHalves(threadIds, (some) => mews.listThreads({ threadIds: some }, signal, kind))
    } catch (error) {
      if (!isItemRefusal(error)) throw error
      const known = await rows.byId(threadIds)
      if (new Set(known.map(({ threadId }) => threadId)).size < new Set(threadIds).size) throw error
      const createdFrom = Math.min(...known.map(({ startedAt }) => startedAt)) - marginMs
      const createdTo = Math.max(...known.map(({ activeAt }) => activeAt)) + marginMs
      const wanted = new Set(threadIds)
      const opened = await mews.listThreads({ createdFrom, createdTo }, signal, kind)
      return opened.filter(({ id }) => wanted.has(id))
    }
  }

  const listMessages: HotelReader['listMessages'] = async (threadIds, interval, how) => {
    const { kind, signal } = how
    const ask = (ids: readonly string[]): Promise<readonly MewsMessage[]> =>
      inHalves(ids, (some) => mews.listMessages({ threadIds: some, ...interval }, signal, kind))
    const none: ReadonlySet<string> = new Set()
    try {
      const messages = await ask(threadIds)
      return { messages, answered: true, unknown: none, refused: none, unclear: none, error: undefined }
    } catch (error) {
      if (!isItemRefusal(error) || error.code === 'too-large') throw error
      // Listing messages is what failed, and only its own success ends that failure.
      const listed = await listThreads(threadIds, how).catch((cause: unknown) => {
        throw cause instanceof MewsError ? error : cause
      })
      const known = new Set(listed.map(({ id }) => id))
      const rest = threadIds.filter((id) => known.has(id))
      const unknown = new Set(threadIds.filter((id) => !known.has(id)))
      const alone = unknown.size === 0 && rest.length === 1
      if (alone)
        return { messages: [], answered: false, unknown, refused: new Set(rest), unclear: none, error }
      const begun = unknown.size === 0 ? halves(rest) : [rest].filter(({ length }) => length > 0)
      return { ...(await singleOut(begun, ask)), unknown, error }
    }
  }

  return { listMessages, listThreads }
}

interface Request {
  readonly kind: RequestKind
  readonly signal: AbortSignal
}

/** Asks about threads; a request that is too large for a proxy on the way is halved. */
const inHalves = async <T>(
  threadIds: readonly string[],
  ask: (threadIds: readonly string[]) => Promise<readonly T[]>,
): Promise<readonly T[]> => {
  try {
    return await ask(threadIds)
  } catch (error) {
    const tooLarge = error instanceof MewsError && error.code === 'too-large'
    if (!tooLarge || threadIds.length === 1) throw error
    const middle = Math.ceil(threadIds.length / 2)
    const first = await inHalves(threadIds.slice(0, middle), ask)
    return [...first, ...(await inHalves(threadIds.slice(middle), ask))]
  }
}

const halves = (ids: readonly string[]): readonly (readonly string[])[] => {
  const middle = Math.ceil(ids.length / 2)
  return [ids.slice(0, middle), ids.slice(middle)]
}

/** The most requests that single out what causes refusals; fewer while none was answered. */
const mostTries = 64

const mostInVain = 14

/** Halves refused requests, breadth first, until each cause stands alone. */
const singleOut = async (
  begun: readonly (readonly string[])[],
  ask: (threadIds: readonly string[]) => Promise<readonly MewsMessage[]>,
): Promise<Pick<Listed, 'messages' | 'answered' | 'refused' | 'unclear'>> => {
  const messages: MewsMessage[] = []
  const [refused, unclear] = [new Set<string>(), new Set<string>()]
  const left = [...begun]
  let answered = false
  let tries = 0
  for (let some = left.shift(); some !== undefined; some = left.shift()) {
    if (tries >= (answered ? mostTries : mostInVain)) {
      for (const id of some) unclear.add(id)
      continue
    }
    tries += 1
    try {
      messages.push(...(await ask(some)))
      answered = true
    } catch (error) {
      if (!isItemRefusal(error)) throw error
      const [id, ...more] = some
      if (more.length > 0) left.push(...halves(some))
      else if (id !== undefined) refused.add(id)
    }
  }
  return { messages, answered, refused, unclear }
}
