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
