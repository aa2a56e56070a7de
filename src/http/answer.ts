import { once } from 'node:events'
import { type IncomingMessage, STATUS_CODES, type ServerResponse } from 'node:http'
import type { WebhookResponse } from '../port.ts'
import { refusalPage, wantsPage } from './page.ts'

/** The constant body of an answer that no handler made: it says nothing about the inside. */
export const plainAnswer = (status: number): WebhookResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: `{"error":"${STATUS_CODES[status] ?? 'Error'}"}`,
})

/** The same answer as a page for people or JSON for programs. */
export const refusal = ({ headers }: IncomingMessage, status: number): WebhookResponse => {
  const answer = wantsPage(headers.accept) ? refusalPage(status) : plainAnswer(status)
  return { ...answer, headers: { ...answer.headers, vary: 'accept' } }
}

/** Writes an answer and ends it; does nothing when one was begun already. Throws for headers that HTTP does not allow. */
export const write = (response: ServerResponse, answer: WebhookResponse): void => {
  if (response.headersSent) return
  writeHead(response, answer)
  response.end(answer.body)
}

/**
 * Writes a stream to its end, no faster than the caller reads it. When the caller leaves or `closing` aborts, a stream may end by itself;
 * otherwise the connection is cut, so that a part is not taken for the whole.
 */
export const writeStream = async (
  response: ServerResponse,
  answer: WebhookResponse & Required<Pick<WebhookResponse, 'stream'>>,
  closing: AbortSignal,
): Promise<void> => {
  writeHead(response, answer)
  // Its connection would outlive the server's closing, idle.
  response.shouldKeepAlive = false
  response.flushHeaders()
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const left = AbortSignal.any([closing, gone.signal])
  for await (const text of answer.stream(left)) {
    if (left.aborted) {
      response.destroy()
      return
    }
    if (!response.write(text)) await once(response, 'drain', { signal: left }).catch(() => {})
  }
  response.end()
}

/**
 * Refuses a request whose body was not read to its end, and closes the connection. What still comes is thrown away until
 * `lingered` resolves: closed at once, many clients would see a broken connection instead of the answer.
 */
export const writeAndClose = (response: ServerResponse, status: number, lingered: Promise<void>): void => {
  const { headers, body = '' } = plainAnswer(status)
  const length = String(Buffer.byteLength(body))
  response.writeHead(status, { ...headers, 'content-length': length, connection: 'close' })
  response.write(body)
  response.req.resume()
  const end = (): void => {
    response.end()
  }
  response.req.once('end', end)
  void lingered.then(end)
}

const writeHead = (response: ServerResponse, { status, headers = {} }: WebhookResponse): void => {
  response.statusCode = status
  response.setHeader('x-content-type-options', 'nosniff')
  response.setHeader('cache-control', 'no-store')
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
}
