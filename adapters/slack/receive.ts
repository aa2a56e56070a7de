import type { Arrival, Clock, Inbox, Log, Route, WebhookResponse } from '../../src/port.ts'
import { failureCode } from '../../src/util/failure.ts'
import type { Bots } from './bots.ts'
import type { SlackConfig } from './config.ts'
import type { Echoes } from './echoes.ts'
import { readEvent, type Knowledge } from './event.ts'
import { readForm } from './form.ts'
import { toKeys } from './keys.ts'
import { readOccasion } from './occasion.ts'
import { isAuthentic } from './verify.ts'
import { readEnvelope, readFields, readString, type Envelope, type Fields } from './wire.ts'

/** What `createReceive` needs. */
export interface ReceiveOptions {
  readonly config: Pick<SlackConfig, 'signingSecrets'>
  readonly bots: Bots
  readonly knowledge: Knowledge
  readonly echoes: Echoes
  readonly inbox: Inbox
  readonly clock: Clock
  readonly log: Log
}

const answer = (status: number): WebhookResponse => ({ status, body: '' })

const parse = (text: string): Fields | undefined => {
  try {
    return readFields(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** The event as it is recorded, without Slack's old verification token; undefined when it is nested beyond reason. */
const toPayload = (body: Fields): string | undefined => {
  try {
    return JSON.stringify({ ...body, token: undefined })
  } catch {
    return undefined
  }
}

const toChallenge = (body: Fields): WebhookResponse => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ challenge: readString(body['challenge']) ?? '' }),
})

type Receive = (body: Fields) => Promise<WebhookResponse>

/** Something to record before it is acknowledged; `name` is for the log. */
type Recordable = Omit<Arrival, 'payload'> & { readonly body: Fields; readonly name: string | undefined }

const createRecord =
  ({ inbox, log }: ReceiveOptions) =>
  async ({ conversation, keys, routing, body, name }: Recordable): Promise<WebhookResponse> => {
    const payload = toPayload(body)
    if (payload === undefined) return answer(400)
    try {
      await inbox.accept([{ conversation, keys, routing, payload }])
      return answer(200)
    } catch (error) {
      log.error(
        { platform: 'slack', event: name, code: failureCode(error) },
        'a Slack event could not be recorded; Slack will send it again',
      )
      return answer(503)
    }
  }

const createReceiveEvent = (options: ReceiveOptions): Receive => {
  const { bots, knowledge, echoes, log } = options
  const record = createRecord(options)

  const recordOccasion = (envelope: Envelope, body: Fields): Promise<WebhookResponse> | undefined => {
    const occasion = readOccasion(envelope)
    if (occasion === undefined) return undefined
    const { conversation, keys, channel } = occasion
    const routing = { team: envelope.workspace.team, channel }
    return record({ conversation, keys, routing, body, name: envelope.eventId })
  }

  return async (body) => {
    const envelope = readEnvelope(body)
    const { eventId, workspace } = envelope
    bots.note(envelope.botUsers)
    const event = readEvent(envelope, knowledge)
    if (event.kind === 'echo') {
      echoes.note(event.deliveryId, event.ts)
      return answer(200)
    }
    if (event.kind === 'ignored') {
      const recorded = recordOccasion(envelope, body)
      if (recorded !== undefined) return recorded
      log.debug({ platform: 'slack', event: eventId, why: event.why }, 'a Slack event is ignored')
      return answer(200)
    }
    const { conversation, place } = event
    const routing = { team: workspace.team, channel: place.channel }
    return record({ conversation, keys: toKeys(event, envelope), routing, body, name: eventId })
  }
}

/** A form that asks nothing of us, such as Slack's check of our certificate, is acknowledged and forgotten. */
const createReceiveForm = (options: ReceiveOptions): ((text: string) => Promise<WebhookResponse>) => {
  const record = createRecord(options)
  return async (text) => {
    const request = readForm(text)
    return request === undefined ? answer(200) : record({ ...request, name: request.keys[0] })
  }
}

const createReceiveJson = (options: ReceiveOptions): Receive => {
  const { log } = options
  const receiveEvent = createReceiveEvent(options)
  return async (body) => {
    switch (body['type']) {
      case 'event_callback':
        return receiveEvent(body)
      case 'url_verification':
        return toChallenge(body)
      case 'app_rate_limited':
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
}

/** Answers `POST /slack/events`: an authenticated guest's event is recorded before it is acknowledged. */
export const createReceive = (options: ReceiveOptions): Route['handle'] => {
  const { config, clock } = options
  const receiveJson = createReceiveJson(options)
  const receiveForm = createReceiveForm(options)
  return async (request) => {
    if (!isAuthentic(request, config.signingSecrets, clock.now())) return answer(401)
    const text = request.body.toString('utf8')
    const type = request.headers['content-type']
    if (typeof type === 'string' && type.startsWith('application/x-www-form-urlencoded'))
      return receiveForm(text)
    const body = parse(text)
    return body === undefined ? answer(400) : receiveJson(body)
  }
}
