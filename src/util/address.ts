/** Whether a host name or address, as it stands in a URL, is this machine and nothing else. */
export const isLoopback = (hostname: string): boolean =>
  /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname)

/**
 * Whether text is an address that requests and secrets may be sent to: https anywhere, http on loopback only; without user,
 * password, query or fragment.
 */
export const isSafeAddress = (text: string): boolean => {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, username, password, search, hash } = new URL(text)
  const isPrivate = protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))
  return isPrivate && username === '' && password === '' && search === '' && hash === ''
}
