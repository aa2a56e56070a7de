import type { Log } from '../port.ts'
import { MewsError } from './error.ts'
import { type Fields, largestBatch } from './fields.ts'
import type { Call, Post } from './request.ts'
import type { Page } from './wire.ts'

/** The error for an answer that came but is not what the operation answers. */
export const unreadable = ({ operation, adds }: Call): MewsError =>
  new MewsError('unreadable', { operation, mayHaveAdded: adds })

type ReadPage<Item> = (answer: unknown) => Page<Item> | undefined

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

/** Makes `list` out of single requests; items that cannot be read are logged and left out. */
export const createList = (post: Post, log: Log): List => {
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
