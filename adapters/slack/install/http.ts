import type { IncomingMessage, ServerResponse } from 'node:http'
import type { WebhookRequest, WebhookResponse } from '../../../src/port.ts'
import { pageHeaders } from './page.ts'

/** What the library reads of a request: target, host and cookies. */
const toRequest = ({ path, query, headers, method }: WebhookRequest): IncomingMessage =>
  ({ url: query === '' ? path : `${path}?${query}`, method, headers }) as unknown as IncomingMessage

/** A response that is kept instead of written: status, headers, one body. */
const createResponse = (): { readonly response: ServerResponse; readonly answer: () => WebhookResponse } => {
  const headers = new Map<string, string>()
  let status = 200
  let body = ''
  const response = {
    setHeader: (name: string, value: unknown) => void headers.set(name.toLowerCase(), String(value)),
    getHeader: (name: string) => headers.get(name.toLowerCase()),
    writeHead: (code: number) => {
      status = code
    },
    end: (text = '') => {
      body = text
    },
  }
  return {
    response: response as unknown as ServerResponse,
    answer: () => ({ status, headers: { ...pageHeaders, ...Object.fromEntries(headers) }, body }),
  }
}

/** Lets a library that works on Node's requests and responses answer one of ours. */
export const answerThrough = async (
  request: WebhookRequest,
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<WebhookResponse> => {
  const { response, answer } = createResponse()
  await handle(toRequest(request), response)
  return answer()
}

/** Writes a page. */
export const writePage = (response: ServerResponse, status: number, html: string): void => {
  response.setHeader('content-type', 'text/html; charset=utf-8')
  response.writeHead(status)
  response.end(html)
}
