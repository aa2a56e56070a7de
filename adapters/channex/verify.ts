import type { WebhookRequest } from '../../src/port.ts'
import { sameSecret } from '../../src/util/secret.ts'

/**
 * Whether a request carries one of the secrets in `X-Channex-Webhook-Secret`. Channex signs nothing: the header that we
 * registered the webhook with is all there is (https://docs.channex.io/api-v.1-documentation/webhook-collection).
 */
export const isAuthentic = (
  { headers }: Pick<WebhookRequest, 'headers'>,
  secrets: readonly string[],
): boolean => {
  const given = headers['x-channex-webhook-secret']
  if (typeof given !== 'string' || given === '') return false
  return secrets.map((secret) => sameSecret(given, secret)).includes(true)
}
