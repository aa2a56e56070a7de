import type { IncomingMessage, ServerResponse } from 'node:http'
import { plainAnswer, write } from './answer.ts'

const hostName = /^(?:[\w.~-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i

/** A request's target that is a plain path, and what follows the `?`. */
export interface Target {
  readonly path: string
  readonly query: string
}

/** The target of a request that needs no router to be understood; undefined for any other. */
export const readTarget = (request: IncomingMessage): Target | undefined => {
  const { url = '' } = request
  if (!hasReadableHost(request)) return undefined
  const mark = url.indexOf('?')
  return mark < 0 ? { path: url, query: '' } : { path: url.slice(0, mark), query: url.slice(mark + 1) }
}

/** A percent sign before no byte, or before a byte that stands for itself: letters, digits, `-`, `.`, `_` and `~`. */
const oddlyEncoded = /%(?![\da-f]{2})|%(?:2[de]|3\d|[46][1-9a-f]|[57][\da]|5f|7e)/i

/** For `server.first`: answers 400 to requests that restify could not route or would route by another spelling, and says whether to go on. */
export const refuseUnreadable = (request: IncomingMessage, response: ServerResponse): boolean => {
  const readable = hasReadableUrl(request) && isNormalPath(request.url ?? '')
  if (!readable) write(response, { ...plainAnswer(400), headers: { connection: 'close' } })
  return readable
}

/** Node takes the first of two Host headers, a proxy may have judged by the second (RFC 9112, 3.2: refused). */
const hasReadableHost = ({ headers: { host = '' }, rawHeaders }: IncomingMessage): boolean =>
  (host === '' || hostName.test(host)) && hasOneHost(rawHeaders)

function hasOneHost(rawHeaders: readonly string[]): boolean {
  let count = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]
    if (name?.length === 4 && name.toLowerCase() === 'host') count += 1
  }
  return count <= 1
}

/**
 * Whether the target and the Host header make a URL. restify parses them outside of any handler, where a failure would
 * end the process, and a Host with a slash in it would stand for another path.
 */
const hasReadableUrl = (request: IncomingMessage): boolean => {
  const {
    url = '',
    headers: { host = '' },
  } = request
  if (!hasReadableHost(request)) return false
  const base = `http://${host === '' ? 'localhost' : host}`
  if (url.startsWith('/')) return URL.canParse(base + url)
  return /^https?:\/\//i.test(url) && URL.canParse(url)
}

/**
 * Whether a path is its own normal form (RFC 3986, 6.2.2): no `.` or `..` step, empty step, backslash, or letter that needs no
 * percent sign. A proxy's rule for `/metrics` or `/admin` would let another spelling pass, and a router would still find the page.
 */
const isNormalPath = (url: string): boolean => {
  const [target = ''] = url.split('?', 1)
  const path = target.replace(/^https?:\/\/[^/\\#]*/i, '')
  if (path === '') return true
  return (
    !path.includes('//') && !oddlyEncoded.test(path) && new URL(`http://localhost${path}`).pathname === path
  )
}
