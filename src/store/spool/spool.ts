import { isUnavailable } from '../error.ts'
import { createGroupCommit, type GroupCommit } from '../group-commit.ts'
import type { Entry } from '../lanes/types.ts'

/** Whether an entry is one of those that somebody wants. */
export type IsMeant = (entry: Entry) => boolean

/** Makes events durable before anything else is done with them, as rows that are only appended. An acknowledgement waits for this alone. */
export interface Spool {
  /** Resolves once the entries are durable; concurrent calls share commits, in their order. */
  add(entries: readonly Entry[]): Promise<void>
  /**
   * Hands over the oldest entries, about as many as `limit` unless they are large, and removes them once they are in their lanes. If the
   * process dies in between, they come again and are recognised by their keys. Refused entries stay, quarantined.
   */
  drain(limit: number, place: PlaceEntries): Promise<Drained>
  /** Hands over the quarantined entries once more. */
  retryRefused(): Promise<void>
  /** Removes the quarantined entries that match; resolves with their number. */
  dropRefused(isMeant: IsMeant): Promise<number>
  /** How many entries are not in their lanes, and how many of them are quarantined. */
  size(): Promise<SpoolSize>
  /** Removes the traces of deleted rows from its files; false while another connection prevents it. */
  purge(): Promise<boolean>
  close(): Promise<void>
}

/** What was handed over. */
export interface Drained {
  readonly count: number
  /** Whether the size limit ended it, so that more may be left. */
  readonly cut: boolean
}

export const nothingDrained: Drained = { count: 0, cut: false }

export const toDrained = (rows: readonly SpoolRow[], { length: count }: readonly Entry[]): Drained => ({
  count,
  // A character takes three bytes at most, so at worst one more look finds nothing.
  cut: rows.reduce((sum, { entries }) => sum + entries.length, 0) * 3 >= bytesPerDrain,
})

/** Entries that are in no lane. */
export interface SpoolSize {
  /** Waiting to be drained. */
  readonly waiting: number
  /** Quarantined, because the database refused them. */
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
  /** Aborts calls that wait for a database that does not answer. */
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

/** The rows that change when the matching entries are removed. */
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

/** Appends entries to their lanes; resolves with those that the database refuses because of their content. Rejects while it cannot be used. */
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
