import { readlinkSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { explainFileFailure, failureCode } from '../util/failure.ts'
import { StoreError } from './error.ts'

const scheme = 'sqlite:'

/**
 * The absolute path in `sqlite:<relative or absolute path>`, with every symbolic link resolved: the spool and the lock stand beside the
 * file itself, whichever way leads there. Throws `url` for everything else, without repeating the value: it may hold a password.
 */
export const readSqlitePath = (url: string): string => resolveLinks(readGivenPath(url))

/** The same as it was given, links and all. */
export const readGivenPath = (url: string): string => {
  const path = url.startsWith(scheme) ? url.slice(scheme.length) : ''
  if (path === '' || path.startsWith('//') || path.startsWith(':memory:')) {
    throw new StoreError(
      'url',
      'DATABASE_URL must be postgres://… or sqlite:<path>, without slashes before the path: sqlite:data/connector.db or sqlite:/var/lib/connector.db',
    )
  }
  return resolve(path)
}

/** Whether something is at the path of a database; throws `unavailable` where the system does not let anybody look. */
export const hasDatabase = (path: string): boolean => {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined
  } catch (error) {
    const reason = explainFileFailure(error, path) ?? `${path} cannot be used (${failureCode(error)})`
    throw new StoreError('unavailable', reason, { cause: error })
  }
}

/** Whether an address names a PostgreSQL database. */
export const isPostgresUrl = (url: string): boolean => /^postgres(ql)?:\/\//.test(url)

/** Whether an address names a SQLite file. */
export const isSqliteUrl = (url: string): boolean => url.startsWith(scheme)

/** Those of libpq that say whether a connection is encrypted; `allow` does not (https://www.postgresql.org/docs/current/libpq-ssl.html). */
const modes: readonly string[] = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full']

/** What is wrong with the `sslmode` of a PostgreSQL address that can be parsed, as a remedy; undefined: nothing. */
export const findSslModeProblem = (url: string): string | undefined => {
  const { searchParams } = new URL(url)
  const mode = searchParams.get('sslmode')
  if (mode === null) return undefined
  if (!modes.includes(mode)) return `must have one of these as sslmode: ${modes.join(', ')}`
  if (mode === 'verify-ca' && !searchParams.has('sslrootcert'))
    return 'must name the authority whose certificates sslmode=verify-ca is to accept: &sslrootcert=<file>'
  return undefined
}

/** Also of a file that is not there yet, behind a link or without one. */
function resolveLinks(path: string): string {
  try {
    return realpathSync.native(path)
  } catch (error) {
    const code = failureCode(error)
    if (code === 'ELOOP') throw new StoreError('url', `DATABASE_URL leads in a circle of links: ${path}`)
    if (code !== 'ENOENT') return path
  }
  const target = readLink(path)
  if (target !== undefined) return resolveLinks(resolve(dirname(path), target))
  const folder = dirname(path)
  return folder === path ? path : join(resolveLinks(folder), basename(path))
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}
