/**
 * - `url`: DATABASE_URL names no database we can use
 * - `locked`: another `serve` works on this database
 * - `newer`: the database was written by a newer version
 * - `occupied`: the database to copy to has records already
 * - `invalid`: the database refused what it was given; others are not affected
 * - `unavailable`: it cannot be opened, read or written, or is closed
 */
export type StoreErrorCode = 'url' | 'locked' | 'newer' | 'occupied' | 'invalid' | 'unavailable'

/** What every failing call of the store rejects with; the driver's own error is its `cause`. */
export class StoreError extends Error {
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StoreError'
    this.code = code
  }
}

/** Whether everything else that is tried now would fail as well. */
export const isUnavailable = (error: unknown): boolean =>
  error instanceof StoreError && error.code === 'unavailable'
