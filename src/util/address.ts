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

/**
 * Whether a browser came by https to the outermost of the proxies in front of us, by what they say: `X-Forwarded-Proto: https, http`, or
 * `Forwarded: proto=https;for=…, for=…` (RFC 7239). Each proxy adds to the end, so the first entry counts. Where a request has both
 * headers, `X-Forwarded-Proto` counts.
 */
export const cameByHttps = (headers: RequestHeaders): boolean => {
  const said = firstEntry(headers['x-forwarded-proto'])
  const scheme = said === '' ? protoIn(firstEntry(headers['forwarded'])) : said
  return scheme.toLowerCase() === 'https'
}

/** Request headers as Node.js gives them: names in lower case. */
type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/** The first entry of a list that may stand in several headers of one name; empty where there is none. */
function firstEntry(header: string | readonly string[] = ''): string {
  const [first = ''] = [header].flat().join(',').split(',')
  return first.trim()
}

/** `proto` in one entry of `Forwarded`; its value may stand in quotation marks. */
function protoIn(entry: string): string {
  return /(?:^|;)\s*proto="?([a-z]+)"?\s*(?:;|$)/i.exec(entry)?.[1] ?? ''
}
