/** What is recorded of a budget, for whoever makes the requests next. */
export interface BudgetRecord {
  /** When requests were made, milliseconds since 1970. */
  readonly times: readonly number[]
  /** How many more may have been made since, at `until` the last of them. */
  readonly ahead: number
  readonly until: number
}

/** The record as text. */
export const formatBudgetRecord = ({ times, ahead, until }: BudgetRecord): string =>
  JSON.stringify({ v: 1, times, ahead, until })

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

/** The times of the requests that a record tells of; those that are not certain count as late as they may have been made. */
export const readBudgetRecord = (text: string): readonly number[] => {
  if (text === '') return []
  const record = JSON.parse(text) as { [Key in keyof BudgetRecord]?: unknown }
  const times = Array.isArray(record.times) ? record.times.filter(isNumber) : []
  const { ahead, until } = record
  return isNumber(ahead) && isNumber(until)
    ? [...times, ...Array.from({ length: ahead }, () => until)]
    : times
}

/** Requests that are recorded ahead, and for how long: what a crash takes from the next one's window. */
const recordedAhead = 10
const aheadMs = 1000

/** Resolves with false, or rejects, when the record was not written. */
export type WriteBudgetRecord = (record: string) => Promise<boolean>

/** Records requests before they are made. */
export interface BudgetLedger {
  /** From now on there is somebody to record for; whether that is so for the first time. */
  begin(write: WriteBudgetRecord): boolean
  /** Whether a request may be made at `now` without recording more; if so it counts. */
  spend(now: number): boolean
  /** Records that some more requests, up to `most` in all, may follow those of `times`; false when that failed. */
  recordAhead(times: readonly number[], most: number, now: number): Promise<boolean>
}

/** A ledger that covers everything until there is somebody to record for. */
export const createBudgetLedger = (): BudgetLedger => {
  let write: WriteBudgetRecord | undefined
  let ahead = 0
  let until = 0
  return {
    begin: (writeRecord) => {
      const first = write === undefined
      write = writeRecord
      ahead = 0
      return first
    },
    spend: (now) => {
      if (write === undefined) return true
      if (ahead === 0 || now > until) return false
      ahead -= 1
      return true
    },
    recordAhead: async (times, most, now) => {
      const next = { times, ahead: Math.min(recordedAhead, most - times.length), until: now + aheadMs }
      const written = await write?.(formatBudgetRecord(next)).catch(() => false)
      if (written !== true) return false
      ahead = next.ahead
      until = next.until
      return true
    },
  }
}
