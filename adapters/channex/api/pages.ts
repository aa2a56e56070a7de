import { readCount, readFields, readList, type Fields } from '../../../src/util/json.ts'
import { unreadable, type Request } from './request.ts'

/** The largest page there is; without asking, Channex gives ten rows. */
const pageSize = 100

/** A list, page by page; a reader may stop when it has enough. */
export type Pages<T> = AsyncIterable<readonly T[]>

/** What to list. */
export interface ListQuery<T> {
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** Undefined for what cannot be read: it is left out. */
  readonly read: (fields: Fields) => T | undefined
}

const isLast = (page: number, rows: number, meta: Fields | undefined): boolean => {
  const size = readCount(meta?.['limit']) ?? pageSize
  const total = readCount(meta?.['total'])
  return total === undefined ? rows < size : page * size >= total
}

/** Reads a list to its end. Pages shift while rows arrive, so that rows come twice: each is given once, by its id. */
export const readPages = async function* <T extends { readonly id: string }>(
  request: Request,
  { path, query, read }: ListQuery<T>,
  signal: AbortSignal,
): AsyncGenerator<readonly T[]> {
  const seen = new Set<string>()
  for (let page = 1; ; page += 1) {
    const paging = { 'pagination[page]': String(page), 'pagination[limit]': String(pageSize) }
    const answer = await request({ method: 'GET', path, query: { ...query, ...paging } }, signal)
    if (!Array.isArray(answer?.['data'])) throw unreadable(path)
    const rows = readList(answer['data'])
    const fresh = rows
      .map((row) => read(readFields(row) ?? {}))
      .filter((row) => row !== undefined)
      .filter(({ id }) => !seen.has(id) && seen.add(id))
    if (fresh.length === 0) return
    yield fresh
    if (isLast(page, rows.length, readFields(answer['meta']))) return
  }
}

/** All rows of a list. */
export const collect = async <T>(pages: Pages<T>): Promise<readonly T[]> => {
  const rows: T[] = []
  for await (const page of pages) rows.push(...page)
  return rows
}
