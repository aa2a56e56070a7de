/** The record of a budget, for the next process that makes requests. */
export interface BudgetRecord {
  /** When requests were over, milliseconds since 1970. */
  readonly times: readonly number[]
  /** How many more were under way or may have been made since. */
  readonly open: number
}

/** The record as text. */
export const formatBudgetRecord = ({ times, open }: BudgetRecord): string =>
  JSON.stringify({ v: 2, times, open })

/** The clock that wrote the record may be behind ours by this much. */
const clocksDifferMs = 1000

/** The latest time at which the requests of a record can have ended, for a process that takes over at `now`. */
export const readBudgetRecord = (text: string, now: number): readonly number[] => {
  if (text === '') return []
  const record = JSON.parse(text) as { [Key in keyof BudgetRecord]?: unknown }
  const times = Array.isArray(record.times) ? record.times.filter(isNumber) : []
  const open = isNumber(record.open) ? record.open : 0
  return [
    ...times.map((at) => Math.min(at + clocksDifferMs, now)),
    ...Array.from({ length: open }, () => now),
  ]
}

/**
 * Requests that are recorded ahead at most: what a crash takes from the next one's window. Fewer at first, so that a process that keeps
 * crashing after its start uses up only about twice the requests that it makes.
 */
const mostAhead = 10

/** Resolves with false, or rejects, when the record was not written. */
export type WriteBudgetRecord = (record: string) => Promise<boolean>

/** Records requests before they are made. */
export interface BudgetLedger {
  /** From now on there is somebody to record for; whether that is so for the first time. */
  begin(write: WriteBudgetRecord): boolean
  /** Whether a request may be made without recording more; if so it counts. */
  spend(): boolean
  /** Records that some more requests, up to `most` in all, may follow those of `made`; false when that failed. */
  recordAhead(made: BudgetRecord, most: number): Promise<boolean>
}

/** A ledger that covers everything until there is somebody to record for. */
export const createBudgetLedger = (): BudgetLedger => {
  let write: WriteBudgetRecord | undefined
  let ahead = 0
  let block = 1
  return {
    begin: (writeRecord) => {
      const first = write === undefined
      write = writeRecord
      ahead = 0
      block = 1
      return first
    },
    spend: () => {
      if (write === undefined) return true
      if (ahead === 0) return false
      ahead -= 1
      return true
    },
    recordAhead: async ({ times, open }, most) => {
      const more = Math.min(block, most - times.length - open)
      const writing = write
      const written = await writing?.(formatBudgetRecord({ times, open: open + more })).catch(() => false)
      // A process that took over meanwhile has a record of its own.
      if (written !== true || write !== writing) return false
      ahead = more
      block = Math.min(block * 2, mostAhead)
      return true
    },
  }
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
