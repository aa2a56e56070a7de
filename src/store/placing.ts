import pLimit from 'p-limit'
import { createListeners } from '../util/listeners.ts'
import { traceOf } from '../util/trace.ts'
import { StoreError } from './error.ts'
import type { Spool } from './spool.ts'
import type { Entry, LaneLog, Placed } from './types.ts'

/** What is told of a new entry. */
export const toPlaced = ({ lane, kind, keys, payload }: Entry): Placed => ({
  lane,
  kind,
  key: keys[0] ?? '',
  trace: traceOf({ lane, payload }),
})

/** Whether a failure is the value's own, and others go on. */
const isRefusal = (error: unknown): boolean => error instanceof StoreError && error.code === 'invalid'

/** What happens to an entry between its record and its place in a lane; `append` puts one there and says whether it was new. */
export const createPlacing = (
  spool: Pick<Spool, 'add' | 'drain'>,
  append: (entry: Entry) => Promise<boolean>,
): Pick<LaneLog, 'record' | 'place' | 'onRecorded' | 'onPlaced'> => {
  const recorded = createListeners<void>()
  const placed = createListeners<readonly Placed[]>()
  /** A drain holds a connection, and needs another one to place. */
  const oneAtATime = pLimit(1)

  /** Each by itself, so that one which is refused stands in nobody's way; they share commits all the same. */
  const placeEntries = async (entries: readonly Entry[]): Promise<readonly Entry[]> => {
    const outcomes = await Promise.allSettled(entries.map(append))
    const outcomeOf = new Map(entries.map((entry, index) => [entry, outcomes[index]]))
    const refused: Entry[] = []
    const fresh: Placed[] = []
    for (const [entry, outcome] of outcomeOf) {
      if (outcome?.status === 'fulfilled' && outcome.value) fresh.push(toPlaced(entry))
      if (outcome?.status !== 'rejected') continue
      if (!isRefusal(outcome.reason)) throw outcome.reason
      refused.push(entry)
    }
    if (fresh.length > 0) placed.tell(fresh)
    return refused
  }

  return {
    record: async (entries) => {
      await spool.add(entries)
      recorded.tell()
    },
    place: (limit) => oneAtATime(() => spool.drain(limit, placeEntries)),
    onRecorded: recorded.add,
    onPlaced: placed.add,
  }
}
