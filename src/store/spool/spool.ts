import { isUnavailable } from '../error.ts'
import { createGroupCommit, type GroupCommit } from '../group-commit.ts'
import type { Entry } from '../lanes/types.ts'

/** Whether an entry is one of those that somebody wants. */
export type IsMeant = (entry: Entry) => boolean

/**
 * Where events become durable before anything is asked about them: rows of entries, only ever added at the end. An
 * acknowledgement waits for nothing else.
 */
export interface Spool {
  /** Resolves once the entries are durable; concurrent calls share commits, in their order. */
  add(entries: readonly Entry[]): Promise<void>
  /**
   * Hands over the oldest entries, about as many as `limit` unless they are large, and removes them once they are
   * placed; what was placed and not removed, because the process died, comes again and is recognised by its keys. What was
   * refused stays, put aside.
   */
  drain(limit: number, place: PlaceEntries): Promise<Drained>
  /** Lets everything that was put aside be handed over once more. */
  retryRefused(): Promise<void>
  /** Removes those of the entries put aside that are meant; resolves with how many. */
  dropRefused(isMeant: IsMeant): Promise<number>
  /** How many entries have not been placed, and how many of them were refused. */
  size(): Promise<SpoolSize>
  /** Lets nothing of what was removed linger in its files; false while somebody else keeps it from that. */
  purge(): Promise<boolean>
  close(): Promise<void>
}

/** What was handed over. */
export interface Drained {
  readonly count: number
  /** Whether it ended for its size: more may be left, however few it was. */
  readonly cut: boolean
}

export const nothingDrained: Drained = { count: 0, cut: false }

export const toDrained = (rows: readonly SpoolRow[], { length: count }: readonly Entry[]): Drained => ({
  count,
  // A character takes three bytes at most: at worst it is looked once more in vain.
  cut: rows.reduce((sum, { entries }) => sum + entries.length, 0) * 3 >= bytesPerDrain,
})

/** Entries that stand in no lane. */
export interface SpoolSize {
  /** About to be placed. */
  readonly waiting: number
  /** Put aside, because the database refused them. */
  readonly refused: number
}

/** About the most that is handed over at once, in bytes: one row may go beyond it. */
export const bytesPerDrain = 16 * 1024 * 1024

/** About the most of one commit, in characters; more would hold up the calling thread, or come to a database's limit for a row. */
const charactersPerCommit = 1024 * 1024

/** Entries as text, and how many they are. */
export interface SpoolText {
  readonly entries: string
  readonly size: number
}

export const toSpoolText = (entries: readonly Entry[]): SpoolText => ({
  entries: writeEntries(entries),
  size: entries.length,
})

/** Several texts as one. */
export const joinTexts = (texts: readonly SpoolText[]): SpoolText => ({
  entries: texts.map(({ entries }) => entries).join(''),
  size: texts.reduce((sum, { size }) => sum + size, 0),
})

/** Lets concurrent callers share commits; `write` makes the texts of all of them durable. */
export const createSpoolCommit = (
  write: (texts: readonly SpoolText[]) => void | Promise<void>,
): Pick<Spool, 'add'> & Pick<GroupCommit<SpoolText, undefined>, 'idle'> => {
  const { submit, idle } = createGroupCommit<SpoolText, undefined>({
    commit: async (texts) => {
      await write(texts)
      return texts.map(() => undefined)
    },
    weigh: ({ entries }) => entries.length,
    limit: charactersPerCommit,
    failsAll: isUnavailable,
  })
  return { add: (entries) => submit(toSpoolText(entries)), idle }
}

/** Makes batches durable, each in one commit; for the thread that does nothing else. */
export interface SpoolWriter {
  /** Throws or rejects with a `StoreError`. */
  readonly add: (texts: readonly SpoolText[]) => void | Promise<void>
  /** Ends at once what waits for a database that does not answer. */
  readonly cut?: () => void
  readonly close: () => void | Promise<void>
}

/** One row as it is stored. */
export interface SpoolRow {
  readonly id: number
  readonly entries: string
}

export const readEntries = (rows: readonly SpoolRow[]): readonly Entry[] =>
  rows.flatMap(({ entries }) => [...eachEntry(entries)])

/** What a row is without some of its entries; `size` 0: nothing is left of it. */
export interface SpoolRest extends SpoolRow {
  readonly size: number
}

/** The rows that change once the entries that are meant are gone. */
export const withoutMeant = (
  rows: readonly SpoolRow[],
  isMeant: IsMeant,
): { readonly rests: readonly SpoolRest[]; readonly dropped: number } => {
  const all = rows.map((row) => {
    const entries = readEntries([row])
    const kept = entries.filter((entry) => !isMeant(entry))
    const rest = { id: row.id, entries: writeEntries(kept), size: kept.length }
    return { rest, dropped: entries.length - kept.length }
  })
  const changed = all.filter(({ dropped }) => dropped > 0)
  return {
    rests: changed.map(({ rest }) => rest),
    dropped: changed.reduce((sum, { dropped }) => sum + dropped, 0),
  }
}

/** Puts entries into their lanes; resolves with those that the database refuses for what they are. Rejects when it cannot be used. */
type PlaceEntries = (entries: readonly Entry[]) => Promise<readonly Entry[]>

/**
 * Entries as text: for each two lengths, what is known of it as JSON, and its payload as it is. Payloads are JSON already: as a string
 * within JSON each quotation mark would be escaped and read again.
 */
const writeEntries = (entries: readonly Entry[]): string => entries.map(writeEntry).join('')

const writeEntry = ({ payload, ...known }: Entry): string => {
  const head = JSON.stringify(known)
  return `${head.length} ${payload.length} ${head}${payload}`
}

const eachEntry = function* (text: string): Generator<Entry, void> {
  for (let at = 0; at < text.length;) {
    const middle = text.indexOf(' ', at)
    const begin = text.indexOf(' ', middle + 1) + 1
    const end = begin + Number(text.slice(at, middle))
    const known = JSON.parse(text.slice(begin, end)) as Omit<Entry, 'payload'>
    at = end + Number(text.slice(middle + 1, begin - 1))
    yield { ...known, payload: text.slice(end, at) }
  }
}
