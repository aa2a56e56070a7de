import { DatabaseError } from 'pg'
import { StoreError } from './error.ts'

/** Classes of SQLSTATE that come of the data: wrong cardinality, data exception, constraint, too large or too many. */
const refusals = /^(21|22|23|54)/

/** Deadlock, serialization failure, and a row that another transaction wrote a moment before: all gone at the next try. */
const passing: ReadonlySet<string> = new Set(['40P01', '40001', '23505'])

const toSqlState = (error: unknown): string =>
  error instanceof DatabaseError && error.code !== undefined ? error.code : ''

/** Node.js's codes for a certificate that nobody vouches for. */
const unvouched: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

const hintOn = (error: unknown): string =>
  error instanceof Error && 'code' in error && unvouched.has(String(error.code))
    ? '. Name its authority in DATABASE_URL: &sslrootcert=<file>'
    : ''

/** A `StoreError`, `invalid` or `unavailable`, for whatever the driver threw. */
export const toStoreError = (error: unknown): StoreError => {
  if (error instanceof StoreError) return error
  const message = error instanceof Error ? error.message : String(error)
  return refusals.test(toSqlState(error))
    ? new StoreError('invalid', `The database refused a value: ${message}`, { cause: error })
    : new StoreError('unavailable', `The database cannot be used: ${message}${hintOn(error)}`, {
        cause: error,
      })
}

/** Whether a transaction that failed like this may succeed when it is run again. */
export const mayPass = (error: unknown): boolean =>
  passing.has(toSqlState(error instanceof StoreError ? error.cause : error))
