import pLimit from 'p-limit'
import { traceOf } from '../../util/secret.ts'
import { createListeners } from '../../util/signal.ts'
import { StoreError } from '../error.ts'
import type { Entry, LaneLog, AppendedEntry, QuarantinedEntry } from '../lanes/types.ts'
import type { Drained, Spool } from './spool.ts'

/** What is told of a new entry. */
export const toAppended = ({ lane, kind, keys, payload }: Entry): AppendedEntry => ({
  lane,
  kind,
  key: keys[0] ?? '',
  trace: traceOf({ lane, payload }),
})

/** What happens to an entry between its record and its place in a lane. */
export const createDrain = ({
  spool,
  append,
  tell,
}: PlacingOptions): Pick<LaneLog, 'record' | 'place' | 'onRecorded' | 'onQuarantined'> => {
  const recorded = createListeners<void>()
  const putAside = createListeners<readonly QuarantinedEntry[]>()
  /** A drain holds a connection, and needs another one to place. */
  const oneAtATime = pLimit(1)

  /** Each by itself, so that one which is refused stands in nobody's way; they share commits all the same. */
  const placeEntries = async (entries: readonly Entry[]): Promise<readonly Refusal[]> => {
    const outcomes = await Promise.allSettled(entries.map(append))
    const outcomeOf = new Map(entries.map((entry, index) => [entry, outcomes[index]]))
    const refused: Refusal[] = []
    const fresh: Entry[] = []
    for (const [entry, outcome] of outcomeOf) {
      if (outcome?.status === 'fulfilled' && outcome.value) fresh.push(entry)
      if (outcome?.status !== 'rejected') continue
      if (!isRefusal(outcome.reason)) throw outcome.reason
      refused.push({ entry, error: outcome.reason })
    }
    tell(fresh)
    return refused
  }

  const placeSome = async (limit: number): Promise<Drained> => {
    let refused: readonly Refusal[] = []
    const drained = await spool.drain(limit, async (entries) => {
      refused = await placeEntries(entries)
      return refused.map(({ entry }) => entry)
    })
    if (refused.length > 0)
      putAside.tell(refused.map(({ entry, error }) => ({ ...toAppended(entry), code: codeOf(error) })))
    return drained
  }

  /** Fewer than `limit` only where no more was there. */
  const place = async (limit: number): Promise<number> => {
    let placed = 0
    for (let isCut = true; isCut && placed < limit;) {
      const { count, cut } = await placeSome(limit - placed)
      placed += count
      isCut = cut
    }
    return placed
  }

  return {
    record: async (entries) => {
      await spool.add(entries)
      recorded.tell()
    },
    place: (limit) => oneAtATime(() => place(limit)),
    onRecorded: recorded.add,
    onQuarantined: putAside.add,
  }
}

/** As many as one commit takes. */
export const drainedAtOnce = 1_000

/** Places everything that was recorded before; what is recorded meanwhile keeps nobody. */
export const drainAll = async (log: Pick<LaneLog, 'place'>): Promise<void> => {
  while ((await log.place(drainedAtOnce)) >= drainedAtOnce);
}

/** What `createPlacing` needs. */
interface PlacingOptions {
  readonly spool: Pick<Spool, 'add' | 'drain'>
  /** Puts an entry into its lane and says whether it was new. */
  readonly append: (entry: Entry) => Promise<boolean>
  /** Is told of those that were. */
  readonly tell: (placed: readonly Entry[]) => void
}

interface Refusal {
  readonly entry: Entry
  readonly error: StoreError
}

/** Whether a failure is the value's own, and others go on. */
const isRefusal = (error: unknown): error is StoreError =>
  error instanceof StoreError && error.code === 'invalid'

/** The driver's own code: `23502`, `SQLITE_CONSTRAINT_NOTNULL`. */
const codeOf = ({ cause }: StoreError): string =>
  cause instanceof Error && 'code' in cause ? String(cause.code) : ''
