/** Codes of Node, undici and our own `fetch` for connections that never stood, so that nothing can have been sent. */
const neverSent: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ERR_CONNECT_TIMEOUT',
  'ERR_PROXY_TUNNEL',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

/** The first error code along the chain of causes (and inside `AggregateError`s), or the error's name. */
export const failureCode = (error: unknown): string => {
  for (let current: unknown = error, depth = 0; current instanceof Error && depth < 8; depth += 1) {
    const code = 'code' in current ? readCode(current.code) : undefined
    if (code !== undefined) return code
    if (current instanceof AggregateError && current.errors[0] !== undefined) current = current.errors[0]
    else if (current.cause === undefined) return current.name
    else current = current.cause
  }
  return error instanceof Error ? error.name : 'Error'
}

/** A failure for people: what each error along the chain of causes says, `: ` between them; at most 300 characters. */
export const explainFailure = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error).slice(0, 300)
  const said: string[] = []
  // V8 quotes what it could not parse, and the parsing is what failed.
  let current: unknown = error
  for (let depth = 0; current instanceof Error && depth < 4; depth += 1) {
    const unparsed: boolean = current instanceof SyntaxError
    const words = unparsed ? 'it is not readable' : current.message.replace(/\.$/, '')
    if (words !== '' && !said.includes(words)) said.push(words)
    current = unparsed ? undefined : current.cause
  }
  return said.join(': ').slice(0, 300)
}

/** Whether a failed request certainly never reached the other side: refused, not resolved, not connected in time. */
export const wasNeverSent = (error: unknown): boolean => neverSent.has(failureCode(error))

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

/** The same of the file that a setting names, to follow the setting's name; it shows no path, since somebody may have put a secret there. */
export const explainNamedFile = (error: unknown): string | undefined =>
  explainFileFailure(error, 'names a file that')?.replace(/\.$/, '')

/** Another system's code or id, as a log may show it; undefined for anything else, which may be somebody's words. */
export const readCode = (value: unknown): string | undefined =>
  typeof value === 'string' && /^[\w.:-]{1,64}$/.test(value) ? value : undefined
