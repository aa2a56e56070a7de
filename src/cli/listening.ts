/** Why nothing can listen where `PORT` and `HOST` say, by Node's codes. */
const remedies: Readonly<Record<string, readonly [why: string, remedy: string]>> = {
  EADDRINUSE: ['Something else listens there already', 'Stop it, or set PORT to a free port.'],
  EACCES: ['The system does not allow to listen there', 'Set PORT to 1024 or more.'],
  EADDRNOTAVAIL: [
    'This machine has no such address',
    'Set HOST to one that it has; 0.0.0.0 means all of them.',
  ],
}

/** Codes that mean the same: a name or a kind of address that the machine does not know. */
const likeUnknown: ReadonlySet<string> = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EAFNOSUPPORT',
  'EINVAL',
])

/** What a failure to listen is for people; undefined for any other failure. */
export const explainListening = (error: unknown): string | undefined => {
  if (!(error instanceof Error && 'code' in error && 'syscall' in error)) return undefined
  if (error.syscall !== 'listen' && error.syscall !== 'getaddrinfo') return undefined
  const code = String(error.code)
  const [why, remedy] = remedies[likeUnknown.has(code) ? 'EADDRNOTAVAIL' : code] ?? []
  return why === undefined ? undefined : `${why} (${error.message}). ${remedy}`
}
