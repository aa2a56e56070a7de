import { hash } from 'node:crypto'
import pLimit from 'p-limit'
import { createListeners } from '../../util/signal.ts'
import { StoreError } from '../error.ts'
import type { Entry, LaneLog, AppendedEntry, QuarantinedEntry } from '../lanes/types.ts'
import type { Drained, Spool } from './spool.ts'

/** Drains the spool: moves recorded entries into their lanes. */
export const createDrain = ({
  spool,
  append,
  tell,
}: DrainOptions): Pick<LaneLog, 'record' | 'drain' | 'onRecorded' | 'onQuarantined'> => {
  const recorded = createListeners<void>()
  const quarantined = createListeners<readonly QuarantinedEntry[]>()
  /** A drain holds one connection, and needs another one to append. */
  const oneAtATime = pLimit(1)

  /** Appends each entry by itself, so that a refused one does not stop the others; they still share commits. */
  const appendEach = async (entries: readonly Entry[]): Promise<readonly Refusal[]> => {
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

  const drainSome = async (limit: number): Promise<Drained> => {
    let refused: readonly Refusal[] = []
    const drained = await spool.drain(limit, async (entries) => {
      refused = await appendEach(entries)
      return refused.map(({ entry }) => entry)
    })
    if (refused.length > 0)
      quarantined.tell(refused.map(({ entry, error }) => ({ ...toAppended(entry), code: codeOf(error) })))
    return drained
  }

  /** Fewer than `limit` only where no more was there. */
  const drain = async (limit: number): Promise<number> => {
    let drained = 0
    for (let isCut = true; isCut && drained < limit;) {
      const { count, cut } = await drainSome(limit - drained)
      drained += count
      isCut = cut
    }
    return drained
  }

  return {
    record: async (entries) => {
      await spool.add(entries)
      recorded.tell()
    },
    drain: (limit) => oneAtATime(() => drain(limit)),
    onRecorded: recorded.add,
    onQuarantined: quarantined.add,
  }
}

/** What listeners learn of a new entry. */
export const toAppended = ({ lane, kind, keys, payload }: Entry): AppendedEntry => ({
  lane,
  kind,
  key: keys[0] ?? '',
  trace: traceOf({ lane, payload }),
})

/**
 * The name by which a message is followed through the log, from the platform's event to Mews and back: made of what was
 * recorded, so that every process and every restart finds the same, and says nothing of it.
 */
export const traceOf = ({ lane, payload }: Pick<Entry, 'lane' | 'payload'>): string =>
  hash('sha256', `${lane}\n${payload}`, 'base64url').slice(0, 16)

/** As many as one commit takes. */
export const drainedAtOnce = 1_000

/** Drains everything that was recorded before the call; later entries do not prolong it. */
export const drainAll = async (log: Pick<LaneLog, 'drain'>): Promise<void> => {
  while ((await log.drain(drainedAtOnce)) >= drainedAtOnce);
}

/** What `createDrain` needs. */
interface DrainOptions {
  readonly spool: Pick<Spool, 'add' | 'drain'>
  /** Puts an entry into its lane and says whether it was new. */
  readonly append: (entry: Entry) => Promise<boolean>
  /** Is told of those that were. */
  readonly tell: (appended: readonly Entry[]) => void
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
