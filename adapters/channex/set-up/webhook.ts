import { sameSecret } from '../../../src/util/secret.ts'
import type { ChannexAccount, Webhook, WebhookDraft } from './account.ts'
import { requestEvents } from '../receive/booking-request.ts'
import type { ChannexConfig } from '../config.ts'

/** Where Channex calls us, below `PUBLIC_URL`. */
export const webhookPath = '/channex/webhooks'

const events = ['message', 'message_thread_booking_assigned', ...requestEvents]

const header = 'X-Channex-Webhook-Secret'

/** The webhook we need; while the secret is rotated, with the newer one. */
export const toWebhookDraft = (
  publicUrl: string,
  { webhookSecrets, propertyId }: Pick<ChannexConfig, 'webhookSecrets' | 'propertyId'>,
): WebhookDraft => ({
  callbackUrl: `${publicUrl}${webhookPath}`,
  eventMask: events.join(';'),
  propertyId,
  isActive: true,
  sendData: true,
  headers: { [header]: webhookSecrets.at(-1) ?? '' },
})

/** What keeps a webhook from doing what we need; empty for a sound one. */
export const findFaults = (webhook: Webhook, wanted: WebhookDraft): readonly string[] => {
  const secret = webhook.headers[header.toLowerCase()] ?? ''
  return [
    ...(webhook.isActive ? [] : ['it is not active']),
    ...(webhook.sendData ? [] : ['it does not send data']),
    ...(covers(webhook.eventMask) ? [] : [`it does not send all of ${events.join(', ')}`]),
    ...(sameSecret(secret, wanted.headers[header] ?? '') ? [] : [`its ${header} is another one`]),
    ...(webhook.propertyId === undefined || webhook.propertyId === wanted.propertyId
      ? []
      : ['it is for another property']),
  ]
}

/**
 * The webhook that calls us; undefined where there is none. Where a property has one of its own beside one for all of them, its own
 * is the one that Channex calls, sound or not.
 */
export const findWebhook = (webhooks: readonly Webhook[], wanted: WebhookDraft): Webhook | undefined => {
  const ours = webhooks.filter(({ callbackUrl }) => callbackUrl === wanted.callbackUrl)
  const soundFirst = ours.toSorted(
    (one, other) => findFaults(one, wanted).length - findFaults(other, wanted).length,
  )
  return (
    soundFirst.find(({ propertyId }) => propertyId === wanted.propertyId) ??
    soundFirst.find(({ propertyId }) => propertyId === undefined) ??
    soundFirst[0]
  )
}

/** What `ensureWebhook` did. */
export interface Ensured {
  readonly did: 'created' | 'repaired' | 'nothing'
  /** What was wrong before; empty unless it was repaired. */
  readonly faults: readonly string[]
}

/** Creates the webhook or puts it right; asked again it changes nothing. Rejects with `ChannexError`. */
export const ensureWebhook = async (
  account: Pick<ChannexAccount, 'webhooks' | 'createWebhook' | 'updateWebhook'>,
  wanted: WebhookDraft,
  signal: AbortSignal,
): Promise<Ensured> => {
  const webhook = findWebhook(await account.webhooks(signal), wanted)
  if (webhook === undefined) {
    await account.createWebhook(wanted, signal)
    return { did: 'created', faults: [] }
  }
  const faults = findFaults(webhook, wanted)
  if (faults.length === 0) return { did: 'nothing', faults }
  await account.updateWebhook(webhook.id, wanted, signal)
  return { did: 'repaired', faults }
}

const covers = (mask: string): boolean => {
  const names = mask.split(';').map((name) => name.trim())
  return names.includes('*') || events.every((event) => names.includes(event))
}
