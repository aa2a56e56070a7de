import type { Clock, Inbox, Log, Route, WebhookRequest, WebhookResponse } from '../../../src/port.ts'
import { failureCode } from '../../../src/util/failure.ts'
import { type Fields, parseFields } from '../../../src/util/json.ts'
import { createRateLimitedReport } from '../../../src/util/rate-limited-report.ts'
import { sameSecret } from '../../../src/util/secret.ts'
import type { ChannexConfig } from '../config.ts'
import type { Watermark } from '../poll/watermark.ts'
import { toArrival, toStrangerArrivals } from './arrival.ts'
import { type ChannexEvent, readEvent } from './event.ts'

/** What `createReceive` needs. */
export interface ReceiveOptions {
  readonly config: Pick<ChannexConfig, 'webhookSecrets' | 'propertyId'>
  readonly inbox: Inbox
  /** Has Channex asked soon what happened; Channex keeps it until then, also over a restart. */
  readonly lookSoon: () => void
  readonly watermark: Watermark
  readonly clock: Clock
  readonly log: Log
}

/** Answers `POST /channex/webhooks`: what is a guest's is recorded, then acknowledged; only a 5xx makes Channex send it again. */
export const createReceive = (options: ReceiveOptions): Route['handle'] => {
  const { config, inbox, lookSoon, watermark, clock, log } = options

  const tellStranger = createRateLimitedReport<string>(
    clock,
    (count, property) =>
      log.error(
        { platform: 'channex', property, count },
        'a guest of a Channex property that is not configured has written; add it to CONFIG_FILE or set CHANNEX_PROPERTY_ID to it',
      ),
    { kindOf: (property) => property },
  )

  /** A guest of a property that is not set up: the record waits until it is, and its first look goes back to this message. */
  const noteStranger = async (propertyId: string, at: number): Promise<number> => {
    const since = await watermark.begin(propertyId, at)
    tellStranger(propertyId)
    return since
  }

  const take = async (event: Told, body: Fields): Promise<void> => {
    const { propertyId } = event
    const isOurs =
      config.propertyId === undefined || propertyId === undefined || propertyId === config.propertyId
    const since = isOurs ? undefined : await noteStranger(propertyId, event.at ?? clock.now())
    if (event.kind !== 'look') await inbox.accept([toArrival(event, body, clock.now())])
    else if (since === undefined) lookSoon()
    else await inbox.accept(toStrangerArrivals(event, body, since))
  }

  return async (request) => {
    if (!isAuthentic(request, config.webhookSecrets)) return answer(401)
    const body = parseFields(request.body.toString('utf8'))
    if (body === undefined) return answer(400)
    const event = readEvent(body)
    if (event.kind === 'ignored') {
      log.debug({ platform: 'channex', why: event.why }, 'a Channex event is ignored')
      return answer(204)
    }
    try {
      await take(event, body)
      return answer(204)
    } catch (error) {
      log.error(
        { platform: 'channex', event: event.kind, code: failureCode(error) },
        'a Channex event could not be recorded; Channex will send it again',
      )
      return answer(503)
    }
  }
}

type Told = Exclude<ChannexEvent, { readonly kind: 'ignored' }>

/**
 * Whether a request carries one of the secrets in `X-Channex-Webhook-Secret`, the header that we registered the webhook with
 * (https://docs.channex.io/api-v.1-documentation/webhook-collection). Channex can sign webhooks as well, with a key of the billing account
 * (`x-hmac-timestamp`, `x-hmac-keys-256`); a signature proves no more than the secret does, so it is not checked.
 */
const isAuthentic = ({ headers }: Pick<WebhookRequest, 'headers'>, secrets: readonly string[]): boolean => {
  const given = headers['x-channex-webhook-secret']
  if (typeof given !== 'string' || given === '') return false
  return secrets.map((secret) => sameSecret(given, secret)).includes(true)
}

const answer = (status: number): WebhookResponse => ({ status, body: '' })
