import type { AdapterContext, Arrival, Clock, Inbox, Log, Route, WebhookResponse } from '../../../src/port.ts'
import { failureCode } from '../../../src/util/failure.ts'
import { createSeldom } from '../../../src/util/rate-limited-report.ts'
import { isAllowedTenant, isUnknownType, toArrival } from './arrival.ts'
import type { BotFrameworkConfig } from '../config.ts'
import type { Authenticate } from '../api/sdk.ts'
import type { Refusal, Verify } from './verify.ts'

/** What the route needs. */
export interface ReceiveOptions {
  readonly config: BotFrameworkConfig
  readonly verify: Verify
  readonly authenticate: Authenticate
  readonly inbox: Inbox
  readonly clock: Clock
  readonly log: Log
  readonly count: AdapterContext['count']
  /** A text that never comes twice. */
  readonly unique: () => string
}

/** `POST /api/messages`: verified here and by the SDK, recorded, then acknowledged. */
export const createMessagesRoute = (options: ReceiveOptions): Route => {
  const { config, verify, authenticate, inbox, clock, log, count, unique } = options
  const tellRefused = createSeldom<Refusal>(
    clock,
    (times, { refused, reason }) =>
      log.info({ status: refused, reason, count: times }, 'botframework: refused a request'),
    { kindOf: ({ reason }) => reason },
  )
  const tellUnknown = createSeldom<string>(clock, (times, type) =>
    log.info(
      { type: /^\w{1,40}$/.test(type) ? type : 'unnamed', count: times },
      'botframework: passed over an activity of an unknown type',
    ),
  )
  // The tenants are Microsoft's ids where it signed the token; without a token anybody writes them.
  const tellForeign = createSeldom<readonly string[]>(clock, (times, tenants) =>
    log.warn(
      { tenants: tenants.map((id) => (/^[\w-]{1,64}$/.test(id) ? id : 'unreadable')), count: times },
      'botframework: dropped activities of another tenant',
    ),
  )
  const refuse = (refusal: Refusal): WebhookResponse => {
    tellRefused(refusal)
    return { status: refusal.refused }
  }

  const record = async (arrival: Arrival | undefined): Promise<number> => {
    if (arrival === undefined) return 200
    try {
      await inbox.accept([arrival])
      return 200
    } catch (error) {
      const fields = { conversation: arrival.conversation, code: failureCode(error) }
      log.error(fields, 'botframework: an activity could not be recorded')
      return 503
    }
  }

  return {
    method: 'POST',
    path: '/api/messages',
    handle: async ({ headers, body }) => {
      const verdict = await verify({ headers, body })
      if ('refused' in verdict) return refuse(verdict)
      const { activity, fields } = verdict
      // Anything but a 200 makes Teams send it again.
      if (!isAllowedTenant(activity, config)) {
        count('foreign')
        tellForeign(activity.tenants)
        return { status: 200 }
      }
      const status = await authenticate(fields, headers['authorization'])
      if (status !== 200) return refuse({ refused: status, reason: 'the SDK did not let it in' })
      if (isUnknownType(activity)) tellUnknown(activity.type)
      return { status: await record(toArrival(activity, body.toString(), config, unique)) }
    },
  }
}
