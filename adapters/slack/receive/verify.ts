import { createHmac, timingSafeEqual } from 'node:crypto'
import type { WebhookRequest } from '../../../src/port.ts'

/** How far a request's timestamp may be from our clock, either way. */
const toleranceSeconds = 300

const readHeader = ({ headers }: WebhookRequest, name: string, pattern: RegExp): string | undefined => {
  const value = headers[name]
  return typeof value === 'string' && pattern.test(value) ? value : undefined
}

/** Whether Slack signed this request with one of the secrets within five minutes of `now` (milliseconds since 1970). */
export const isAuthentic = (request: WebhookRequest, secrets: readonly string[], now: number): boolean => {
  const signedAt = readSignedAt(request, secrets)
  return signedAt !== undefined && Math.abs(now / 1000 - signedAt) <= toleranceSeconds
}

/**
 * When Slack signed this request with one of the secrets, in seconds since 1970; undefined where it did not. The raw body is what is
 * signed (https://docs.slack.dev/authentication/verifying-requests-from-slack).
 */
export const readSignedAt = (request: WebhookRequest, secrets: readonly string[]): number | undefined => {
  const timestamp = readHeader(request, 'x-slack-request-timestamp', /^\d{1,12}$/)
  const signature = readHeader(request, 'x-slack-signature', /^v0=[0-9a-f]{64}$/)
  if (timestamp === undefined || signature === undefined) return undefined
  const given = Buffer.from(signature.slice(3), 'hex')
  const matches = secrets.map((secret) =>
    timingSafeEqual(
      createHmac('sha256', secret).update(`v0:${timestamp}:`).update(request.body).digest(),
      given,
    ),
  )
  return matches.includes(true) ? Number(timestamp) : undefined
}
