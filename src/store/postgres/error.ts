import { DatabaseError } from 'pg'
import { failureCode } from '../../util/failure.ts'
import { StoreError } from '../error.ts'

/** Classes of SQLSTATE that come of the data: wrong cardinality, data exception, constraint, too large or too many. */
const refusals = /^(21|22|23|54)/

/** Deadlock, serialization failure, and a row that another transaction has just written: all may succeed at the next attempt. */
const passing: ReadonlySet<string> = new Set(['40P01', '40001', '23505'])

const unreached = 'see that PostgreSQL runs, and that DATABASE_URL has its host and port'

const unvouched = 'name its authority in DATABASE_URL: &sslrootcert=<file>'

const unauthorized = 'correct user and password in DATABASE_URL, or let the user in (pg_hba.conf)'

/** What to do, by Node.js's codes and SQLSTATE. */
const remedies: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', unreached],
  ['ENOTFOUND', unreached],
  ['EAI_AGAIN', unreached],
  ['EHOSTUNREACH', unreached],
  ['ETIMEDOUT', unreached],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', unvouched],
  ['SELF_SIGNED_CERT_IN_CHAIN', unvouched],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', unvouched],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', unvouched],
  ['28P01', unauthorized],
  ['28000', unauthorized],
  ['3D000', 'make the database, or correct its name in DATABASE_URL'],
  ['42501', 'let the user of DATABASE_URL create and change tables there'],
  ['53100', 'make room on the disk of PostgreSQL'],
  ['53300', 'allow PostgreSQL more connections (max_connections), or let fewer programs use it'],
])

/** pg gives this failure no code. */
const connectTimeout = /connection timeout/

/** A `StoreError`, `invalid` or `unavailable`, for whatever the driver threw. */
export const toStoreError = (error: unknown): StoreError => {
  if (error instanceof StoreError) return error
  const message = error instanceof Error ? error.message : String(error)
  return refusals.test(toSqlState(error))
    ? new StoreError('invalid', `The database refused a value: ${message}`, { cause: error })
    : new StoreError('unavailable', `The database cannot be used: ${message}${remedyFor(error)}`, {
        cause: error,
      })
}

/** Whether a transaction that failed like this may succeed when it is run again. */
export const mayPass = (error: unknown): boolean =>
  passing.has(toSqlState(error instanceof StoreError ? error.cause : error))

const toSqlState = (error: unknown): string =>
  error instanceof DatabaseError && error.code !== undefined ? error.code : ''

const remedyFor = (error: unknown): string => {
  if (!(error instanceof Error)) return ''
  const remedy = connectTimeout.test(error.message) ? unreached : remedies.get(failureCode(error))
  return remedy === undefined ? '' : `; ${remedy}`
}
