import { STATUS_CODES, type ServerResponse } from 'node:http'
import type { WebhookResponse } from '../port.ts'

/** The constant body of an answer that no handler made: it says nothing about the inside. */
export const plainAnswer = (status: number): WebhookResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: `{"error":"${STATUS_CODES[status] ?? 'Error'}"}`,
})

/** Writes an answer and ends it; does nothing when one was begun already. Throws for headers that HTTP does not allow. */
export const write = (response: ServerResponse, { status, headers = {}, body }: WebhookResponse): void => {
  if (response.headersSent) return
  response.statusCode = status
  response.setHeader('x-content-type-options', 'nosniff')
  response.setHeader('cache-control', 'no-store')
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  response.end(body)
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
