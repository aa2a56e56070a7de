import type { Marks } from '../../store/types.ts'

/**
 * Threads that the looks for replies leave out, because Mews does not know them or refuses their messages, each with the time
 * from which it is to be read once that is over; in milliseconds since 1970.
 */
export interface SetAside {
  has(threadId: string): boolean
  /** The earliest time from which one of these is to be read. */
  since(threadIds: readonly string[]): number
  add(threadIds: Iterable<readonly [threadId: string, since: number]>): void
  remove(threadIds: readonly string[]): void
  /** Records what has changed. */
  keep(): Promise<void>
}

const format = (threads: ReadonlyMap<string, number>): string => {
  const bySince: Record<string, string[]> = {}
  for (const [id, since] of threads) (bySince[String(since)] ??= []).push(id)
  return JSON.stringify(bySince)
}

const read = (mark: string | undefined): Map<string, number> => {
  const bySince: Readonly<Record<string, readonly string[]>> = JSON.parse(mark || '{}')
  return new Map(Object.entries(bySince).flatMap(([since, ids]) => ids.map((id) => [id, Number(since)])))
}

/** A property's, as they are recorded. */
export const readSetAside = async (marks: Marks, property: string): Promise<SetAside> => {
  const name = `aside:${property}`
  const threads = read(await marks.get(name))
  let changed = false
  return {
    has: (id) => threads.has(id),
    since: (ids) => Math.min(...ids.map((id) => threads.get(id) ?? Infinity)),
    add: (added) => {
      for (const [id, since] of added) {
        threads.set(id, since)
        changed = true
      }
    },
    remove: (ids) => {
      for (const id of ids) changed = threads.delete(id) || changed
    },
    keep: async () => {
      if (changed) await marks.set(name, format(threads))
      changed = false
    },
  }
}
