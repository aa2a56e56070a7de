import { resolve } from 'node:path'
import { StoreError } from './error.ts'

const scheme = 'sqlite:'

/**
 * The absolute path in `sqlite:<relative or absolute path>`. Throws `url` for everything else, without repeating the
 * value: it may hold a password.
 */
export const readSqlitePath = (url: string): string => {
  const path = url.startsWith(scheme) ? url.slice(scheme.length) : ''
  if (path === '' || path.startsWith('//') || path.startsWith(':memory:')) {
    throw new StoreError(
      'url',
      'DATABASE_URL must be postgres://… or sqlite:<path>, without slashes before the path: sqlite:data/connector.db or sqlite:/var/lib/connector.db',
    )
  }
  return resolve(path)
}

/** Whether an address names a PostgreSQL database. */
export const isPostgresUrl = (url: string): boolean => /^postgres(ql)?:\/\//.test(url)

/** Whether an address names a SQLite file. */
export const isSqliteUrl = (url: string): boolean => url.startsWith(scheme)
