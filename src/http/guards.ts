import type { IncomingMessage, ServerResponse } from 'node:http'
import { plainAnswer, write } from './answer.ts'

const hostName = /^(?:[\w.~-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i

const hasReadableHost = ({ headers: { host = '' } }: IncomingMessage): boolean =>
  host === '' || hostName.test(host)

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

/** For `server.first`: answers 400 to requests that restify could not route, and says whether to go on. */
export const refuseUnreadable = (request: IncomingMessage, response: ServerResponse): boolean => {
  const readable = hasReadableUrl(request)
  if (!readable) write(response, { ...plainAnswer(400), headers: { connection: 'close' } })
  return readable
}
