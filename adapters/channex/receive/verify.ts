import type { WebhookRequest } from '../../../src/port.ts'
import { sameSecret } from '../../../src/util/secret.ts'

/**
 * Whether a request carries one of the secrets in `X-Channex-Webhook-Secret`, the header that we registered the webhook with
 * (https://docs.channex.io/api-v.1-documentation/webhook-collection). Channex can sign webhooks as well, with a key of the billing
 * account (`x-hmac-timestamp`, `x-hmac-keys-256`); a signature says no more than the secret does and stands for it nowhere.
 */
export const isAuthentic = (
  { headers }: Pick<WebhookRequest, 'headers'>,
  secrets: readonly string[],
): boolean => {
  const given = headers['x-channex-webhook-secret']
  if (typeof given !== 'string' || given === '') return false
  return secrets.map((secret) => sameSecret(given, secret)).includes(true)
}
