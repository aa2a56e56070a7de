import { chmodSync, closeSync, mkdirSync, openSync, readdirSync, statSync, type Stats } from 'node:fs'
import { basename, dirname } from 'node:path'

const ownerOnly = { folder: 0o700, file: 0o600 } as const

/**
 * Makes a file that its owner alone can read, and its folders; leaves a file that exists as it is. SQLite gives the files that it
 * makes beside a database the database's own mode, but makes the database itself readable by all.
 */
export const makePrivateFile = (path: string): void => {
  mkdirSync(dirname(path), { recursive: true, mode: ownerOnly.folder })
  try {
    // Opened only where it is new: closing an open database's file would end this process's locks on it.
    closeSync(openSync(path, 'wx', ownerOnly.file))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

/**
 * Removes other users' access that an earlier version or a copy gave them: to the database's files, and to their folder where it holds
 * nothing else. Touches only what this process's user owns, and no folder in which any user may put files, such as `/tmp`. Returns the paths that it changed. Does nothing on Windows.
 */
export const tightenFiles = (databasePath: string): readonly string[] => {
  const folder = dirname(databasePath)
  const own = databaseFiles(databasePath)
    .filter((path) => isOwn(path) && look(path)?.isFile() === true && isOpen(path))
    .filter((path) => restrict(path, ownerOnly.file))
  const isOnlyOurs =
    isOwn(folder) && isOpen(folder) && !isShared(folder) && holdsOnly(folder, basename(databasePath))
  return isOnlyOurs && restrict(folder, ownerOnly.folder) ? [...own, folder] : own
}

/** What other users of this machine can do. */
export interface Exposure {
  /** Files of the database that others may read or write. */
  readonly files: readonly string[]
  readonly folder: string
  /** Whether any user may put files into the folder, or only its owner may list it. */
  readonly folderIs: 'writable' | 'listed' | 'private'
}

/** What other users can do with a database's files; undefined on Windows, where modes say nothing. */
export const findExposure = (databasePath: string): Exposure | undefined => {
  if (process.getuid === undefined) return undefined
  const folder = dirname(databasePath)
  const mode = look(folder)?.mode ?? 0
  const listed = (mode & others) === 0 ? 'private' : 'listed'
  return {
    files: databaseFiles(databasePath).filter(isOpen),
    folder,
    folderIs: (mode & anybodyWrites) === 0 ? listed : 'writable',
  }
}

const others = 0o077

const anybodyWrites = 0o002

function databaseFiles(path: string): readonly string[] {
  const databases = [path, `${path}.spool`, `${path}.serve`]
  return databases.flatMap((file) => ['', '-wal', '-shm', '-journal'].map((ending) => file + ending))
}

function isOwn(path: string): boolean {
  const found = look(path)
  return found !== undefined && found.uid === process.getuid?.()
}

function look(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false })
}

function isOpen(path: string): boolean {
  return ((look(path)?.mode ?? 0) & others) !== 0
}

/** Whether any user may put files there: others need it, even if it holds nothing of theirs at the moment. */
function isShared(folder: string): boolean {
  return ((look(folder)?.mode ?? 0) & anybodyWrites) !== 0
}

/** False where the disk does not take modes: `check` tells of it. */
function restrict(path: string, mode: number): boolean {
  try {
    chmodSync(path, mode)
  } catch {
    return false
  }
  return !isOpen(path)
}

function holdsOnly(folder: string, name: string): boolean {
  return readdirSync(folder).every((entry) => entry.startsWith(name))
}
