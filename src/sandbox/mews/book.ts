import type { Clock } from '../../port.ts'

/** A thread of the simulated Mews. */
export interface BookThread {
  readonly id: string
  readonly originalSender: string
  readonly subject: string
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly updatedAt: number
  readonly resolved: boolean
}

/** A message of the simulated Mews. */
export interface BookMessage {
  readonly id: string
  readonly threadId: string
  readonly text: string
  readonly sender: 'Enterprise' | 'Application'
  /** Milliseconds since 1970. */
  readonly createdAt: number
}

/** A task of the staff in the simulated Mews. */
export interface BookTask {
  readonly id: string
  readonly name: string
  readonly description: string | null
  /** Milliseconds since 1970. */
  readonly deadline: number
  readonly createdAt: number
}

/** Milliseconds since 1970; `start` included, `end` not, and equal ends ask for equality. */
export interface BookInterval {
  readonly start: number
  readonly end: number
}

/** Which part of a list is wanted: at most `count` items older than the item `cursor`. */
export interface BookLimit {
  readonly count: number
  readonly cursor: string | undefined
}

/** What one property knows: threads and their messages. Ids are compared without case; lists for the API are newest first. */
export interface MewsBook {
  addThread(thread: Pick<BookThread, 'originalSender' | 'subject'>): BookThread
  /** Undefined for a thread that is not in this book. */
  addMessage(message: Pick<BookMessage, 'threadId' | 'text' | 'sender'>): BookMessage | undefined
  resolve(threadId: string, resolved: boolean): void
  addTask(task: Pick<BookTask, 'name' | 'description' | 'deadline'>): BookTask
  /** Every task, oldest first. */
  tasks(): readonly BookTask[]
  /** Throws `RangeError` for a cursor that is no task. */
  pageOfTasks(
    filter: { readonly ids?: readonly string[]; readonly created?: BookInterval },
    limit: BookLimit,
  ): readonly BookTask[]
  thread(id: string): BookThread | undefined
  /** Every thread, oldest first. */
  threads(): readonly BookThread[]
  /** Every message of a thread, oldest first. */
  messages(threadId: string): readonly BookMessage[]
  /** Throws `RangeError` for a cursor that is no thread. */
  pageOfThreads(
    filter: {
      readonly ids?: readonly string[]
      readonly created?: BookInterval
      readonly updated?: BookInterval
    },
    limit: BookLimit,
  ): readonly BookThread[]
  /** Throws `RangeError` for a cursor that is no message. */
  pageOfMessages(
    filter: { readonly threadIds: readonly string[]; readonly created?: BookInterval },
    limit: BookLimit,
  ): readonly BookMessage[]
}

/** An id of Mews's shape from a source such as `Math.random`. */
export const createGuid = (random: () => number): string => {
  const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('')
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-a$4-$5')
}

/** Makes an empty book of one property. */
export const createMewsBook = ({
  clock,
  random,
}: {
  readonly clock: Clock
  readonly random: () => number
}): MewsBook => {
  const threads = new Map<string, Numbered<BookThread>>()
  const messages = new Map<string, Numbered<BookMessage>>()
  const byThread = new Map<string, Numbered<BookMessage>[]>()
  const tasks = createTasks(clock, random)

  const change = (threadId: string, changes: Partial<BookThread>): void => {
    const entry = threads.get(threadId.toLowerCase())
    if (entry !== undefined) entry.item = { ...entry.item, ...changes, updatedAt: clock.now() }
  }

  return {
    addThread: ({ originalSender, subject }) => {
      const now = clock.now()
      const id = createGuid(random)
      const thread = { id, originalSender, subject, createdAt: now, updatedAt: now, resolved: false }
      threads.set(id, { number: threads.size, item: thread })
      byThread.set(id, [])
      return thread
    },
    addMessage: ({ threadId, text, sender }) => {
      const thread = threads.get(threadId.toLowerCase())?.item
      if (thread === undefined) return undefined
      const message = { id: createGuid(random), threadId: thread.id, text, sender, createdAt: clock.now() }
      const entry = { number: messages.size, item: message }
      messages.set(message.id, entry)
      byThread.get(thread.id)?.push(entry)
      change(thread.id, {})
      return message
    },
    resolve: (threadId, resolved) => change(threadId, { resolved }),
    ...tasks,
    thread: (id) => threads.get(id.toLowerCase())?.item,
    threads: () => [...threads.values()].map(({ item }) => item),
    messages: (threadId) => (byThread.get(threadId.toLowerCase()) ?? []).map(({ item }) => item),
    pageOfThreads: ({ ids, created, updated }, limit) => {
      const wanted = ids === undefined ? undefined : new Set(ids.map((id) => id.toLowerCase()))
      const found = [...threads.values()].filter(
        ({ item }) =>
          (wanted?.has(item.id) ?? true) &&
          isWithin(item.createdAt, created) &&
          isWithin(item.updatedAt, updated),
      )
      return page(found, threads, limit)
    },
    pageOfMessages: ({ threadIds, created }, limit) => {
      const wanted = [...new Set(threadIds.map((id) => id.toLowerCase()))]
      const found = wanted
        .flatMap((id) => byThread.get(id) ?? [])
        .filter(({ item }) => isWithin(item.createdAt, created))
      return page(found, messages, limit)
    },
  }
}

const createTasks = (
  clock: Clock,
  random: () => number,
): Pick<MewsBook, 'addTask' | 'tasks' | 'pageOfTasks'> => {
  const tasks = new Map<string, Numbered<BookTask>>()
  return {
    addTask: (given) => {
      const item = { id: createGuid(random), ...given, createdAt: clock.now() }
      tasks.set(item.id, { number: tasks.size, item })
      return item
    },
    tasks: () => [...tasks.values()].map(({ item }) => item),
    pageOfTasks: ({ ids, created }, limit) => {
      const wanted = ids === undefined ? undefined : new Set(ids.map((id) => id.toLowerCase()))
      const found = [...tasks.values()].filter(
        ({ item }) => (wanted?.has(item.id) ?? true) && isWithin(item.createdAt, created),
      )
      return page(found, tasks, limit)
    },
  }
}

interface Numbered<Item> {
  readonly number: number
  item: Item
}

const isWithin = (at: number, interval: BookInterval | undefined): boolean =>
  interval === undefined ||
  (interval.start === interval.end ? at === interval.start : interval.start <= at && at < interval.end)

/** Newest first and below the cursor, whose number is looked up in `all`. */
const page = <Item>(
  found: readonly Numbered<Item>[],
  all: ReadonlyMap<string, Numbered<Item>>,
  { count, cursor }: BookLimit,
): readonly Item[] => {
  const below = cursor === undefined ? Infinity : all.get(cursor.toLowerCase())?.number
  if (below === undefined) throw new RangeError('unknown cursor')
  return found
    .filter(({ number }) => number < below)
    .toSorted((one, other) => other.number - one.number)
    .slice(0, count)
    .map(({ item }) => item)
}
