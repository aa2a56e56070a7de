import type { Log, RemoteClock } from '../port.ts'
import { createLearnClock, createObservedClock, type ObservedClock } from '../util/remote-clock.ts'
import type { RequestKind } from './budget.ts'
import { MewsError } from './error.ts'
import {
  type Fields,
  largestBatch,
  type MessageQuery,
  type NewMessage,
  type NewTask,
  type NewThread,
  type TaskQuery,
  type ThreadQuery,
  toMessageFilters,
  toMessagesFields,
  toTaskFields,
  toTaskFilters,
  toThreadFields,
  toThreadFilters,
} from './fields.ts'
import { type Call, createPost, type MewsOptions, type Post } from './request.ts'
import { createStayOperations, type StayOperations } from './stays.ts'
import {
  type AddedMessage,
  type MewsConfiguration,
  type MewsMessage,
  type MewsTask,
  type MewsThread,
  type Page,
  readAdded,
  readAddedTask,
  readConfiguration,
  readMessages,
  readTasks,
  readThreads,
} from './wire.ts'

/**
 * The operations of one property. Every one throws `MewsError` and makes no second attempt. Lists are oldest first; times are
 * milliseconds since 1970; ids are lower case.
 */
export interface Mews {
  /** Mews's own: all that is compared with its times is recorded and asked for by it. */
  readonly clock: RemoteClock
  addThread(thread: NewThread, signal: AbortSignal): Promise<MewsThread>
  /** Adds at most 1000 messages in one request and answers in their order. An answer that lacks one of them is `unknown`. */
  addMessages(messages: readonly NewMessage[], signal: AbortSignal): Promise<readonly AddedMessage[]>
  /** Lists messages, however many. `kind` defaults to `sync`. */
  listMessages(query: MessageQuery, signal: AbortSignal, kind?: RequestKind): Promise<readonly MewsMessage[]>
  /** Lists threads that this integration opened. `kind` defaults to `sync`. */
  listThreads(query: ThreadQuery, signal: AbortSignal, kind?: RequestKind): Promise<readonly MewsThread[]>
  /** Adds a task for the staff; gives its id. `deadline`: milliseconds since 1970. */
  addTask(task: NewTask, signal: AbortSignal): Promise<string>
  /** Lists the tasks that were added in an interval, in milliseconds since 1970. */
  listTasks(query: TaskQuery, signal: AbortSignal): Promise<readonly MewsTask[]>
  /** Asks which property the tokens open, and what time it is there; calls of one moment share a request. */
  readConfiguration(signal: AbortSignal): Promise<MewsConfiguration>
  /** Whose stay it is. */
  readonly stays: StayOperations
}

/** Mews's clock, to be shared by the clients of one address. */
export const createMewsClock = ({ clock, log }: Pick<MewsOptions, 'clock' | 'log'>): ObservedClock =>
  createObservedClock('Mews', clock, log)

/** Joins the tokens of one property with the operations that this program needs. */
export const createMews = (options: ClientOptions): Mews => {
  const { clock, log, remote = createMewsClock(options) } = options
  const post = createPost({ ...options, remote })
  const list = createList(post, log)
  let asking: Promise<MewsConfiguration> | undefined

  const askConfiguration = async (signal: AbortSignal): Promise<MewsConfiguration> => {
    const call: Call = { operation: 'configuration/get', kind: 'sync', adds: false }
    const before = clock.monotonic()
    const configuration = readConfiguration(await post(call, {}, signal))
    if (configuration === undefined) throw unreadable(call)
    remote.observe(configuration.now, before)
    return configuration
  }
  const askOnce = (signal: AbortSignal): Promise<MewsConfiguration> =>
    (asking ??= askConfiguration(signal).finally(() => void (asking = undefined)))

  return {
    clock: { ...remote, learn: createLearnClock(remote, clock, askOnce) },

    addThread: async (thread, signal) => {
      const call: Call = { operation: 'messageThreads/add', kind: 'thread', adds: true }
      const answer = await post(call, toThreadFields(call.operation, thread), signal)
      const opened = readThreads(answer)?.items[0]
      if (opened === undefined) throw unreadable(call)
      return opened
    },

    addMessages: async (messages, signal) => {
      if (messages.length === 0) return []
      const call: Call = { operation: 'messages/add', kind: 'send', adds: true }
      const answer = await post(call, toMessagesFields(call.operation, messages), signal)
      const added = new Map(readAdded(answer).map((item) => [item.identifier, item]))
      return messages.map(({ identifier }) => {
        const item = added.get(identifier)
        if (item === undefined) throw unreadable(call)
        return item
      })
    },

    listMessages: async (query, signal, kind = 'sync') => {
      const call: Call = { operation: 'messages/getAll', kind, adds: false }
      return list(call, toMessageFilters(call.operation, query), readMessages, signal)
    },

    listThreads: async (query, signal, kind = 'sync') => {
      const call: Call = { operation: 'messageThreads/getAll', kind, adds: false }
      return list(call, toThreadFilters(call.operation, query), readThreads, signal)
    },

    addTask: async (task, signal) => {
      const call: Call = { operation: 'tasks/add', kind: 'sync', adds: true }
      const id = readAddedTask(await post(call, toTaskFields(call.operation, task), signal))
      if (id === undefined) throw unreadable(call)
      return id
    },

    listTasks: async (query, signal) => {
      const call: Call = { operation: 'tasks/getAll', kind: 'sync', adds: false }
      return list(call, toTaskFilters(query), readTasks, signal)
    },

    readConfiguration: askOnce,
    stays: createStayOperations(post),
  }
}

/**
 * Reads everything that one filter after the other finds, oldest filter first: all pages, each item once, oldest first.
 * Mews lists the newest first, and within one second only the place in the list tells the order.
 */
export type List = <Item extends { readonly id: string }>(
  call: Call,
  filters: readonly Fields[],
  read: ReadPage<Item>,
  signal: AbortSignal,
) => Promise<readonly Item[]>

export type ClientOptions = Omit<MewsOptions, 'remote'> & { readonly remote?: ObservedClock }

/** Makes `list` out of single requests; items that cannot be read are logged and left out. */
const createList = (post: Post, log: Log): List => {
  const readPage = async <Item>(
    call: Call,
    fields: Fields,
    read: ReadPage<Item>,
    signal: AbortSignal,
  ): Promise<Page<Item>> => {
    const page = read(await post(call, fields, signal))
    if (page === undefined) throw unreadable(call)
    const skipped = page.size - page.items.length
    if (skipped > 0) log.warn({ operation: call.operation, skipped }, 'Mews sent items that cannot be read')
    return page
  }

  /** Newest first, as the cursor leads. */
  const readPages = async <Item>(
    call: Call,
    filter: Fields,
    read: ReadPage<Item>,
    signal: AbortSignal,
  ): Promise<Item[]> => {
    const items: Item[] = []
    const cursors = new Set<string>()
    let limitation: Fields = { Count: largestBatch }
    for (;;) {
      const { cursor, ...page } = await readPage(call, { ...filter, Limitation: limitation }, read, signal)
      items.push(...page.items)
      if (cursor === null || page.size < largestBatch) return items
      if (cursors.has(cursor)) throw unreadable(call)
      cursors.add(cursor)
      limitation = { Count: largestBatch, Cursor: cursor }
    }
  }

  return async <Item extends { readonly id: string }>(
    call: Call,
    filters: readonly Fields[],
    read: ReadPage<Item>,
    signal: AbortSignal,
  ): Promise<readonly Item[]> => {
    const found = new Map<string, Item>()
    for (const filter of filters) {
      for (const item of (await readPages(call, filter, read, signal)).toReversed()) found.set(item.id, item)
    }
    return [...found.values()]
  }
}

type ReadPage<Item> = (answer: unknown) => Page<Item> | undefined

/** The error for an answer that came but is not what the operation answers. */
const unreadable = ({ operation, adds }: Call): MewsError =>
  new MewsError('unreadable', { operation, mayHaveAdded: adds })
