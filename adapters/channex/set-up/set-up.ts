import type { SetUpStep } from '../../../src/port.ts'
import { type ChannexAccount, createChannexAccount, type WebhookDraft } from './account.ts'
import type { ChannexConfig } from '../config.ts'
import { ChannexError } from '../api/error.ts'
import { createRequest } from '../api/request.ts'
import { ensureWebhook, toWebhookDraft, type Ensured } from './webhook.ts'

const timeLimitMs = 15_000

/**
 * `mews-chat channex webhook`: creates or repairs the webhook, which otherwise takes several steps in Channex, where two switches are off
 * by default.
 */
export const channexWebhookStep: SetUpStep<ChannexConfig> = {
  name: 'webhook',
  summary: 'Create or repair the webhook by which Channex tells of guests’ messages.',
  details:
    'looks for the webhook that calls PUBLIC_URL, creates it where there is none, and puts right its switches, events and secret. Run again, it changes nothing. Then Channex tries it once.',
  run: async (config, { clock, random, fetch, report }, signal) => {
    const { publicUrl } = config
    if (publicUrl === undefined) {
      report('PUBLIC_URL', 'must be set to the https address by which Channex reaches the connector')
      return undefined
    }
    const account = createChannexAccount(createRequest({ ...config, clock, random, fetch, timeLimitMs }))
    const wanted = toWebhookDraft(publicUrl, config)
    const ensured = await ensureWebhook(account, wanted, signal)
    const tried = await tryOut(account, wanted, signal)
    return { did: ensured.did, detail: `${describe(ensured, wanted)}\n${tried}` }
  },
}

/** Makes Channex call the webhook once; the webhook stays whatever the result. */
const tryOut = async (
  account: ChannexAccount,
  wanted: WebhookDraft,
  signal: AbortSignal,
): Promise<string> => {
  try {
    const { status } = await account.testWebhook(wanted, signal)
    if (status === undefined) return 'Channex did not say whether it reached it.'
    const reached = status >= 200 && status < 300
    if (reached) return `It was tried: the connector answered ${status}.`
    return `It was tried and answered ${status}: is the connector running, and reached at PUBLIC_URL?`
  } catch (error) {
    if (!(error instanceof ChannexError)) throw error
    return `It could not be tried (${error.message}).`
  }
}

/** What was done, to which address and for whom. */
const describe = ({ did, faults }: Ensured, { callbackUrl, propertyId }: WebhookDraft): string => {
  const whose = propertyId === undefined ? 'every property of the key' : `property ${propertyId}`
  if (did === 'created') return `The webhook was created: Channex calls ${callbackUrl} for ${whose}.`
  if (did === 'nothing') return `The webhook is sound, nothing was changed: Channex calls ${callbackUrl}.`
  return `The webhook was repaired, since ${faults.join('; ')}. Channex calls ${callbackUrl} for ${whose}.`
}
