import { MewsError } from './error.ts'

/** What a request holds beside credentials and paging. */
export type Fields = Readonly<Record<string, unknown>>

/** The most items that Mews takes or gives in one request. */
export const largestBatch = 1000

/** A message to add; `identifier` comes back with the answer and is unique in the batch. */
export interface NewMessage {
  readonly threadId: string
  /** At least one character. */
  readonly text: string
  readonly identifier: string
}

/** A thread to open; both fields have at least one character. */
export interface NewThread {
  readonly originalSender: string
  readonly subject: string
}

/** A task for the staff. `name` has at least one character; `deadline` is in milliseconds since 1970. */
export interface NewTask {
  readonly name: string
  readonly description: string
  readonly deadline: number
}

/** Tasks by when they were added, in milliseconds since 1970. */
export interface TaskQuery {
  readonly createdFrom: number
  readonly createdTo: number
}

/** Messages of at most 1000 threads from `start` until before `end`, in milliseconds since 1970, or all of them. */
export type MessageQuery = { readonly threadIds: readonly string[] } & (
  | { readonly start: number; readonly end: number }
  | { readonly start?: undefined }
)

/** Threads by when they were opened, in milliseconds since 1970, or by at most 1000 ids. */
export type ThreadQuery =
  | { readonly createdFrom: number; readonly createdTo: number }
  | { readonly threadIds: readonly string[] }

/** The fields of `messageThreads/add`. Throws `MewsError` for a thread that Mews would refuse. */
export const toThreadFields = (operation: string, { originalSender, subject }: NewThread): Fields => {
  demand(originalSender !== '' && subject !== '', operation, 'a thread needs a sender and a subject')
  return { OriginalSender: originalSender, Subject: subject }
}

/** The fields of `tasks/add` (https://docs.mews.com/connector-api/operations/tasks). Throws `MewsError` for a task that Mews would refuse. */
export const toTaskFields = (operation: string, { name, description, deadline }: NewTask): Fields => {
  demand(name !== '', operation, 'a task needs a name')
  return { Name: name, Description: description, DeadlineUtc: toWireTime(deadline) }
}

/** The filters of `tasks/getAll`, one for each three months, oldest first. */
export const toTaskFilters = ({ createdFrom, createdTo }: TaskQuery): readonly Fields[] =>
  toIntervals(createdFrom, createdTo, widestThreads).map((interval) => ({ CreatedUtc: interval }))

/** The fields of `messages/add`. Throws `MewsError` for messages that Mews would refuse. */
export const toMessagesFields = (operation: string, messages: readonly NewMessage[]): Fields => {
  demand(
    messages.length <= largestBatch,
    operation,
    `${messages.length} messages are more than ${largestBatch}`,
  )
  return {
    Messages: messages.map(({ threadId, text, identifier }) => {
      demand(
        threadId !== '' && text !== '' && identifier !== '',
        operation,
        'a message needs thread, text and identifier',
      )
      return { MessageThreadId: threadId, Text: text, Identifier: identifier }
    }),
  }
}

/** The filters of `messages/getAll`, one for each month, oldest first, or one for all times; none without a thread. */
export const toMessageFilters = (operation: string, query: MessageQuery): readonly Fields[] => {
  const { threadIds } = query
  demandIds(threadIds, operation)
  if (threadIds.length === 0) return []
  if (query.start === undefined) return [{ MessageThreadIds: threadIds }]
  const { start, end } = query
  return toIntervals(start, end, widestMessages).map((interval) => ({
    MessageThreadIds: threadIds,
    CreatedUtc: interval,
  }))
}

/** The filters of `messageThreads/getAll`, one for each three months, oldest first; none for an empty list of ids. */
export const toThreadFilters = (operation: string, query: ThreadQuery): readonly Fields[] => {
  if ('createdFrom' in query) {
    const { createdFrom, createdTo } = query
    return toIntervals(createdFrom, createdTo, widestThreads).map((interval) => ({ CreatedUtc: interval }))
  }
  demandIds(query.threadIds, operation)
  return query.threadIds.length === 0 ? [] : [{ MessageThreadIds: query.threadIds }]
}

const second = 1000

const day = 24 * 60 * 60 * second

/** The widest interval of `messages/getAll`, in milliseconds: one month, and the shortest month counts. */
export const widestMessages = 28 * day

/** The widest interval of `messageThreads/getAll`, in milliseconds: three months, and the shortest ones count. */
const widestThreads = 3 * widestMessages

/** An interval as Mews takes it: UTC in whole seconds, the start included, the end not. */
export interface WireInterval {
  readonly StartUtc: string
  readonly EndUtc: string
}

/**
 * Cuts `start` to `end` (milliseconds since 1970) into adjoining intervals of at most `widest`, oldest first. Outer ends are
 * moved outwards to whole seconds; the two ends of one interval are never equal, because Mews would compare for equality.
 */
export const toIntervals = (start: number, end: number, widest: number): readonly WireInterval[] => {
  const first = Math.floor(start / second) * second
  const last = Math.max(Math.ceil(end / second) * second, first + second)
  const intervals: WireInterval[] = []
  for (let from = first; from < last; from += widest) {
    intervals.push({ StartUtc: toWireTime(from), EndUtc: toWireTime(Math.min(from + widest, last)) })
  }
  return intervals
}

/** Mews would refuse it too; refused here, it certainly was not sent. */
const demand = (holds: boolean, operation: string, said: string): void => {
  if (!holds) throw new MewsError('invalid', { operation, mayHaveAdded: false, said })
}

const demandIds = (ids: readonly string[], operation: string): void =>
  demand(ids.length <= largestBatch, operation, `${ids.length} thread ids are more than ${largestBatch}`)

const toWireTime = (at: number): string => new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z')
