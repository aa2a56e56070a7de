import { failureCode } from './failure.ts'

/** Why a file or folder cannot be used, and what to do; by the system's codes. */
const remedies: ReadonlyMap<string, readonly [why: string, remedy: string]> = new Map([
  ['EACCES', ['there is no permission', 'let the user that runs this read and write it, or name another']],
  ['EPERM', ['there is no permission', 'let the user that runs this read and write it, or name another']],
  ['EROFS', ['the disk can only be read', 'name a place on another']],
  ['ENOENT', ['it, or its folder, is not there', 'make it, or name another']],
  ['ENOTDIR', ['a part of the path is a file, no folder', 'name another path']],
  ['EEXIST', ['a part of the path is a file, no folder', 'name another path']],
  ['EISDIR', ['it is a folder', 'name a file']],
  ['ENOSPC', ['the disk is full', 'make room']],
  ['EDQUOT', ['the disk is full', 'make room']],
  ['ENAMETOOLONG', ['the path is too long', 'name a shorter one']],
  ['EMFILE', ['too many files are open', 'raise the limit (ulimit -n)']],
  ['EIO', ['the disk fails', 'check it']],
])

/** Why a path cannot be used, in one sentence with the remedy; undefined for what is no failure of files. */
export const explainFileFailure = (error: unknown, path?: string): string | undefined => {
  const named = path ?? (error instanceof Error && 'path' in error ? String(error.path) : undefined)
  const [why, remedy] = remedies.get(failureCode(error)) ?? []
  return named === undefined || why === undefined ? undefined : `${named} cannot be used: ${why}; ${remedy}.`
}
