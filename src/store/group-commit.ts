import { setImmediate as nextTurn } from 'node:timers/promises'

export interface GroupCommitOptions<Item, Result> {
  /** Makes all items durable or none; one result for each, in order. */
  commit(items: readonly Item[]): Promise<readonly Result[]>
  /** The weight of an item towards the limit. */
  weigh(item: Item): number
  /** The most that is committed together; an item that weighs more goes alone. */
  readonly limit: number
  /** Whether every other item would fail as well, so that trying them one by one is useless. */
  failsAll(error: unknown): boolean
}

export interface GroupCommit<Item, Result> {
  /** Resolves after the commit that holds the item. */
  readonly submit: (item: Item) => Promise<Result>
  /** Resolves once nothing is waiting. */
  readonly idle: () => Promise<void>
}

/**
 * Lets concurrent callers share commits: items that arrive during a commit go into the next. There is one flusher and no delay, so items
 * are committed in the order they came. A failure that concerns every item fails all that wait.
 */
export const createGroupCommit = <Item, Result>(
  options: GroupCommitOptions<Item, Result>,
): GroupCommit<Item, Result> => {
  const waiting: Waiter<Item, Result>[] = []
  let flushing: Promise<void> | undefined

  const takeBatch = (): readonly Waiter<Item, Result>[] => {
    let weight = 0
    const end = waiting.findIndex(({ item }, index) => {
      weight += options.weigh(item)
      return index > 0 && weight > options.limit
    })
    return waiting.splice(0, end === -1 ? waiting.length : end)
  }

  /** Answers the batch's callers; returns the failure if every other item would fail as well. */
  const commitBatch = async (batch: readonly Waiter<Item, Result>[]): Promise<Outage | undefined> => {
    try {
      const results = await options.commit(batch.map(({ item }) => item))
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Result)
      return undefined
    } catch (error) {
      const outage = options.failsAll(error)
      if (!outage && batch.length > 1) return commitOneByOne(batch)
      for (const { reject } of batch) reject(error)
      return outage ? { error } : undefined
    }
  }

  /** Finds the item at fault, so that the others do not fail. */
  const commitOneByOne = async (batch: readonly Waiter<Item, Result>[]): Promise<Outage | undefined> => {
    let outage: Outage | undefined
    for (const waiter of batch) {
      if (outage === undefined) outage = await commitBatch([waiter])
      else waiter.reject(outage.error)
    }
    return outage
  }

  const flush = async (): Promise<void> => {
    while (waiting.length > 0) {
      // Lets the callers of this turn of the event loop join, and other work run under load.
      await nextTurn()
      const outage = await commitBatch(takeBatch())
      // Later items must not be written before those that failed and are sent again.
      if (outage !== undefined) for (const { reject } of waiting.splice(0)) reject(outage.error)
    }
    flushing = undefined
  }

  return {
    submit: (item) =>
      new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject })
        flushing ??= flush()
      }),
    idle: async () => flushing,
  }
}

interface Waiter<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

interface Outage {
  readonly error: unknown
}
