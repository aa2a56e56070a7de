import { createHmac, timingSafeEqual } from 'node:crypto'
import type {
  AdapterContext,
  Log,
  RemoteClock,
  Route,
  WebhookRequest,
  WebhookResponse,
} from '../../../src/port.ts'
import { readCode } from '../../../src/util/failure.ts'
import type { SlackConfig } from '../config.ts'
import { type Fields, readFields, readString } from '../wire.ts'
import type { Intake, Taken } from './intake.ts'
import { readForm } from './interaction.ts'

/** What `createReceive` needs. */
export interface ReceiveOptions {
  readonly config: Pick<SlackConfig, 'signingSecrets'>
  readonly intake: Intake
  /** Slack's own. */
  readonly clock: RemoteClock
  readonly log: Log
  readonly count: AdapterContext['count']
}

const formPattern = /^\s*application\/x-www-form-urlencoded\s*(?:;|$)/i

const statuses: Readonly<Record<Taken, number>> = { taken: 200, failed: 503, unreadable: 400 }

/** Slack waits 3 s for an answer. */
const learnMs = 2_000

/** Answers `POST /slack/events`: verifies the request, records the event, then acknowledges it. */
export const createReceive = (options: ReceiveOptions): Route['handle'] => {
  const { intake } = options
  const isFromSlack = createIsFromSlack(options)
  const receiveJson = createReceiveJson(options)
  return async (request) => {
    if (!(await isFromSlack(request))) return answer(401)
    const type = request.headers['content-type']
    if (typeof type === 'string' && formPattern.test(type)) {
      const form = readForm(request.body, type)
      return answer(form === undefined ? 400 : statuses[await intake.request(form)])
    }
    const text = request.body.toString('utf8')
    const body = parse(text)
    return body === undefined ? answer(400) : receiveJson(body, text)
  }
}

/** How far a request's timestamp may be from our clock, either way. */
const toleranceSeconds = 300

/** Whether Slack signed this request with one of the secrets within five minutes of `now` (milliseconds since 1970). */
export const isAuthentic = (request: WebhookRequest, secrets: readonly string[], now: number): boolean => {
  const signedAt = readSignedAt(request, secrets)
  return signedAt !== undefined && Math.abs(now / 1000 - signedAt) <= toleranceSeconds
}

/** A signed request may look old only because this machine's clock is wrong, so Slack is asked for the time. */
const createIsFromSlack =
  ({ config: { signingSecrets }, clock }: ReceiveOptions) =>
  async (request: WebhookRequest): Promise<boolean> => {
    if (isAuthentic(request, signingSecrets, clock.now())) return true
    if (clock.skewMs() !== undefined || readSignedAt(request, signingSecrets) === undefined) return false
    await clock.learn(AbortSignal.timeout(learnMs))
    return isAuthentic(request, signingSecrets, clock.now())
  }

/**
 * When Slack signed this request with one of the secrets, in seconds since 1970; undefined where it did not. The raw body is what is
 * signed (https://docs.slack.dev/authentication/verifying-requests-from-slack).
 */
const readSignedAt = (request: WebhookRequest, secrets: readonly string[]): number | undefined => {
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

const readHeader = ({ headers }: WebhookRequest, name: string, pattern: RegExp): string | undefined => {
  const value = headers[name]
  return typeof value === 'string' && pattern.test(value) ? value : undefined
}

const createReceiveJson =
  ({ intake, log, count }: ReceiveOptions) =>
  async (body: Fields, text: string): Promise<WebhookResponse> => {
    switch (body['type']) {
      case 'event_callback':
        return answer(statuses[await intake.event(body, text)])
      case 'url_verification':
        return toChallenge(body)
      case 'app_rate_limited':
        count('withheld')
        log.warn(
          {
            platform: 'slack',
            team: readCode(body['team_id']),
            minute: readMinute(body['minute_rate_limited']),
          },
          'Slack withholds events: more than 30,000 an hour; what was withheld does not come again',
        )
        return answer(200)
      default:
        log.debug(
          { platform: 'slack', type: readCode(body['type']) },
          'a Slack request of an unknown type is ignored',
        )
        return answer(200)
    }
  }

const answer = (status: number): WebhookResponse => ({ status, body: '' })

const toChallenge = (body: Fields): WebhookResponse => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ challenge: readString(body['challenge']) ?? '' }),
})

const readMinute = (minute: unknown): number | undefined => (typeof minute === 'number' ? minute : undefined)

const parse = (text: string): Fields | undefined => {
  try {
    return readFields(JSON.parse(text))
  } catch {
    return undefined
  }
}
