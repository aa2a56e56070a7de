import { isSuccess } from '../server.ts'
import { createHmac } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { WebhookRequest } from '../../../src/port.ts'

/** Where Slack's requests go: an address, or a handler called without a socket. */
export type SlackTarget = string | ((request: WebhookRequest) => Promise<{ readonly status: number }>)

export interface SignOptions {
  readonly secret: string
  /** Milliseconds since 1970. */
  readonly now: number
  readonly headers?: Readonly<Record<string, string>>
}

/** A request with Slack's signature; `body` is sent as JSON unless it is a string or bytes. */
export const signSlackRequest = (
  body: unknown,
  { secret, now, headers = {} }: SignOptions,
): WebhookRequest => {
  const raw = Buffer.isBuffer(body)
    ? body
    : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  const timestamp = String(Math.floor(now / 1000))
  const signature = createHmac('sha256', secret).update(`v0:${timestamp}:`).update(raw).digest('hex')
  return {
    method: 'POST',
    path: '/slack/events',
    query: '',
    headers: {
      'content-type': 'application/json',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': `v0=${signature}`,
      ...headers,
    },
    body: raw,
  }
}

export interface EnvelopeOptions {
  readonly team: string
  readonly enterprise?: string
  readonly ofOrganisation?: boolean
  readonly appId: string
  readonly botUser: string
  readonly serial: number
  /** Milliseconds since 1970. */
  readonly now: number
}

/** An event in its envelope, as the Events API sends it (https://docs.slack.dev/apis/events-api#callback-field). */
export const toSlackEnvelope = (
  event: unknown,
  { team, enterprise, ofOrganisation = false, appId, botUser, serial, now }: EnvelopeOptions,
): unknown => ({
  token: 'old-verification-token',
  team_id: team,
  context_team_id: team,
  api_app_id: appId,
  event,
  type: 'event_callback',
  event_id: `Ev0FAKE${String(serial).padStart(5, '0')}`,
  event_time: Math.floor(now / 1000),
  authorizations: [
    {
      enterprise_id: enterprise ?? null,
      team_id: team,
      user_id: botUser,
      is_bot: true,
      is_enterprise_install: ofOrganisation,
    },
  ],
  is_ext_shared_channel: false,
  event_context: `4-fake-${serial}`,
})

const post = async (target: SlackTarget, request: WebhookRequest): Promise<number> => {
  if (typeof target !== 'string') return (await target(request)).status
  const response = await fetch(target, {
    method: 'POST',
    headers: request.headers as Record<string, string>,
    body: new Uint8Array(request.body),
    signal: AbortSignal.timeout(3000),
  })
  await response.arrayBuffer()
  return response.status
}

const retryReason = (status: number): string => (status === 0 ? 'connection_failed' : 'http_error')

/**
 * Delivers one event as Slack does: until a 2xx, with three retries. `pausesMs`: before each retry; Slack's own are 0, one
 * minute and five. Resolves with the statuses of the attempts; 0 is a failed connection.
 */
export const deliverSlackEvent = async (
  envelope: unknown,
  target: SlackTarget,
  sign: () => SignOptions,
  pausesMs: readonly number[] = [],
): Promise<readonly number[]> => {
  const statuses: number[] = []
  for (let attempt = 0; attempt <= 3; attempt += 1) {
    const headers: Record<string, string> =
      attempt === 0
        ? {}
        : {
            'x-slack-retry-num': String(attempt),
            'x-slack-retry-reason': retryReason(statuses.at(-1) ?? 0),
          }
    const status = await post(target, signSlackRequest(envelope, { ...sign(), headers })).catch(() => 0)
    statuses.push(status)
    if (isSuccess(status)) break
    await pause(pausesMs[attempt] ?? 0)
  }
  return statuses
}

/** What a form is sent with: a command, or the press of a button. */
export const formHeaders = { 'content-type': 'application/x-www-form-urlencoded' } as const
