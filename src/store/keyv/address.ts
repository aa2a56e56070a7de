/**
 * What is wrong with a `KEYV_URL`, as a remedy; undefined: nothing that can be seen. The drivers that are given such an address throw
 * whatever they like, some of them later. Never repeats the address.
 */
export const findKeyvUrlProblem = (url: string): string | undefined => {
  const [, scheme = '', hosts = '', path = ''] =
    /^([a-z][a-z\d+.-]*):\/\/(?:[^/?#]*@)?([^/?#@]*)([^?#]*)/i.exec(url) ?? []
  const isRedis = /^(?:redis|valkey)s?$/i.test(scheme)
  if (!isRedis && !/^(?:postgres(?:ql)?|mysql|mongodb(?:\+srv)?)$/i.test(scheme)) return undefined
  if (!hosts.split(',').every(isHost))
    return `must name a host, as in ${scheme}://user:password@host/…; /, ?, # and @ in a password are written %2F, %3F, %23 and %40`
  if (isRedis && !/^\/?\d*$/.test(path))
    return `must have the number of a database behind the host, such as ${scheme}://host:6379/0`
  return undefined
}

const isHost = (text: string): boolean => {
  const [, host, port = '1'] = /^(\[[\da-f:.]+\]|[^\s:[\]]+)(?::(\d{1,5}))?$/i.exec(text) ?? []
  return host !== undefined && Number(port) >= 1 && Number(port) <= 65_535
}
