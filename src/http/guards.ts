import type { IncomingMessage, ServerResponse } from 'node:http'
import { plainAnswer, write } from './answer.ts'

const hostName = /^(?:[\w.~-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i

/**
 * Whether the target and the Host header make a URL. restify parses them outside of any handler, where a failure would
 * end the process, and a Host with a slash in it would stand for another path.
 */
const hasReadableUrl = ({ url = '', headers: { host = '' } }: IncomingMessage): boolean => {
  if (host !== '' && !hostName.test(host)) return false
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
