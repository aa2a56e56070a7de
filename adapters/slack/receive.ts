import type { AdapterContext, Clock, Log, Route, WebhookResponse } from '../../src/port.ts'
import type { SlackConfig } from './config.ts'
import { readForm } from './form.ts'
import type { Intake, Taken } from './intake.ts'
import { isAuthentic } from './verify.ts'
import { readFields, readString, type Fields } from './wire.ts'

/** What `createReceive` needs. */
export interface ReceiveOptions {
  readonly config: Pick<SlackConfig, 'signingSecrets'>
  readonly intake: Intake
  readonly clock: Clock
  readonly log: Log
  readonly count: AdapterContext['count']
}

const formPattern = /^\s*application\/x-www-form-urlencoded\s*(?:;|$)/i

const answer = (status: number): WebhookResponse => ({ status, body: '' })

const statuses: Readonly<Record<Taken, number>> = { taken: 200, failed: 503, unreadable: 400 }

const parse = (text: string): Fields | undefined => {
  try {
    return readFields(JSON.parse(text))
  } catch {
    return undefined
  }
}

const toChallenge = (body: Fields): WebhookResponse => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ challenge: readString(body['challenge']) ?? '' }),
})

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
          { platform: 'slack', team: body['team_id'], minute: body['minute_rate_limited'] },
          'Slack withholds events: more than 30,000 an hour; what was withheld does not come again',
        )
        return answer(200)
      default:
        log.debug({ platform: 'slack', type: body['type'] }, 'a Slack request of an unknown type is ignored')
        return answer(200)
    }
  }

/** Answers `POST /slack/events`: an authenticated guest's event is recorded before it is acknowledged. */
export const createReceive = (options: ReceiveOptions): Route['handle'] => {
  const { config, intake, clock } = options
  const receiveJson = createReceiveJson(options)
  return async (request) => {
    if (!isAuthentic(request, config.signingSecrets, clock.now())) return answer(401)
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
