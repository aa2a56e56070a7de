import { readlinkSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { failureCode } from '../util/failure.ts'
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

/** Whether an address names a PostgreSQL database. */
export const isPostgresUrl = (url: string): boolean => /^postgres(ql)?:\/\//.test(url)

/** Whether an address names a SQLite file. */
export const isSqliteUrl = (url: string): boolean => url.startsWith(scheme)

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
