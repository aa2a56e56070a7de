import { type Adapter, type Address, PassingError, type Reading, type Turn } from '../../port.ts'
import type { Run, StoredEntry } from '../../store/types.ts'
import { readNotice } from '../entries/notice.ts'

/** A waiting entry of a turn lane, read. */
export interface ReadEntry {
  readonly entry: StoredEntry
  readonly turns: readonly Turn[]
  /** It was written before something that the hotel has read already. */
  readonly late?: boolean
  /** What the connector itself says to the staff. */
  readonly notice?: string
  /** Whose staff the notice is for; undefined in older records. */
  readonly noticeFor?: string | undefined
  readonly address?: Address
  /** The keys of what was written before it. */
  readonly after: readonly string[]
  /** What the guest asks of the connector itself, or that people are to be greeted. */
  readonly ask?: Pick<Reading, 'command' | 'where' | 'about' | 'answerTo' | 'greet' | 'choice'>
  /** When it was written, for those that were prepared before; else the turns tell. */
  readonly writtenAt?: number
  /** Why the entry cannot be read at all. */
  readonly unreadable?: string
}

/** A payload that cannot be read this often is taken for unreadable; before that it may be a passing fault. */
const readAttempts = 4

const readOne = async (
  entry: StoredEntry,
  adapter: Adapter,
  signal: AbortSignal,
  timeZone: string | undefined,
): Promise<ReadEntry> => {
  if (entry.kind === 'notice') {
    const { text, property } = readNotice(entry.payload)
    return { entry, turns: [], after: [], notice: text, noticeFor: property }
  }
  const { turns, address, after = [], ...ask } = await adapter.read(entry.payload, signal, timeZone)
  return { entry, turns, after, ask, ...(address === undefined ? {} : { address }) }
}

/** What was prepared before keeps what was recorded of it; only when it was written is read again. */
const asRecorded = ({ entry, turns }: ReadEntry): ReadEntry => ({
  entry,
  turns: [],
  after: [],
  writtenAt: turns[0]?.at ?? entry.at,
})

/**
 * Reads a run's entries in order; those that were prepared before keep what was recorded of them. Stops before an
 * entry whose reading failed, unless it failed too often: then that one is unreadable. With `untilNew` it stops after one
 * that asks for a new conversation: what follows belongs there. `timeZone`: the hotel's, where one is known.
 */
export const readEntries = async (
  run: Run,
  adapter: Adapter,
  signal: AbortSignal,
  { untilNew, timeZone }: { readonly untilNew: boolean; readonly timeZone?: string | undefined },
): Promise<{ readonly read: readonly ReadEntry[]; readonly failure?: unknown }> => {
  const read: ReadEntry[] = []
  const severalBegun = run.entries.filter(({ deliveries }) => deliveries.length > 0).length > 1
  for (const entry of run.entries) {
    const begun = entry.deliveries.length > 0
    if (begun && !severalBegun) {
      read.push({ entry, turns: [], after: [] })
      continue
    }
    try {
      const one = await readOne(entry, adapter, signal, timeZone)
      // Look-ups that a stop cut short fell back to ids: the next start reads it whole.
      signal.throwIfAborted()
      read.push(begun ? asRecorded(one) : one)
      if (!begun && untilNew && one.ask?.command === 'new') break
    } catch (error) {
      signal.throwIfAborted()
      const passing = error instanceof PassingError || run.attempts < readAttempts
      if (read.length > 0 || passing) return { read, failure: error }
      const unreadable = error instanceof Error ? error.name : 'Error'
      read.push({ entry, turns: [], after: [], ...(begun ? {} : { unreadable }) })
    }
  }
  return { read }
}
