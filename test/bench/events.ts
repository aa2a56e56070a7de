import { createHmac } from 'node:crypto'
import type { Prepared } from './client.ts'

export const signingSecret = 'signing-secret-of-the-bench'

/** One message of the load: the `number`th of all, which stands in its text behind its conversation. */
export interface Saying {
  readonly conversation: number
  readonly number: number
}

/** `c12.345`: from it the other side knows what is missing, doubled or out of order. */
export const textOf = ({ conversation, number }: Saying): string => `c${conversation}.${number}`

/** The place of a text of the load; undefined for any other. */
export const readSaying = (text: string): Saying | undefined => {
  const [, conversation, number] = /^c(\d+)\.(\d+)$/.exec(text) ?? []
  return conversation === undefined || number === undefined
    ? undefined
    : { conversation: Number(conversation), number: Number(number) }
}

/** An event as the Events API sends it, about a kilobyte (https://docs.slack.dev/reference/events/message.im). */
const slackBody = (saying: Saying): string => {
  const text = textOf(saying)
  const { conversation, number } = saying
  const second = Math.floor(Date.now() / 1000)
  const ts = `${second}.${String(number % 1_000_000).padStart(6, '0')}`
  const serial = number.toString(16).padStart(12, '0')
  return JSON.stringify({
    token: 'old-verification-token',
    team_id: 'T0GUESTS',
    context_team_id: 'T0GUESTS',
    context_enterprise_id: null,
    api_app_id: 'A0HOTEL1',
    event: {
      client_msg_id: `3f0c2c5e-1a55-4b8e-9f3c-${serial}`,
      type: 'message',
      user: `U0GUEST${conversation}`,
      team: 'T0GUESTS',
      text,
      ts,
      blocks: [
        {
          type: 'rich_text',
          block_id: 'b1',
          elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text }] }],
        },
      ],
      channel: `D0GUEST${conversation}`,
      channel_type: 'im',
      event_ts: ts,
    },
    type: 'event_callback',
    event_id: `Ev${serial.toUpperCase()}`,
    event_time: second,
    authorizations: [
      {
        enterprise_id: null,
        team_id: 'T0GUESTS',
        user_id: 'U0HOTELBOT',
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
    is_ext_shared_channel: false,
    event_context: `4-${Buffer.from(`bench-${number}`).toString('base64url')}`,
  })
}

/** A message as Teams sends it. */
const activityBody = (saying: Saying): string => {
  const text = textOf(saying)
  return JSON.stringify({
    type: 'message',
    id: String(1_793_640_011_000 + saying.number),
    timestamp: new Date().toISOString(),
    channelId: 'emulator',
    serviceUrl: 'http://127.0.0.1:1',
    from: { id: `29:guest-${saying.conversation}`, name: `Guest ${saying.conversation}` },
    recipient: { id: '28:hotel', name: 'Concierge' },
    conversation: { id: `a:guest-${saying.conversation}`, conversationType: 'personal' },
    locale: 'pt-PT',
    text,
    textFormat: 'plain',
    attachments: [{ contentType: 'text/html', content: `<div>${text}</div>` }],
  })
}

/** How a platform's requests look. */
export type Dress = 'slack' | 'teams'

/** A whole request, ready to be written to a socket. */
export const toRequest = (dress: Dress, saying: Saying): Prepared => {
  const body = dress === 'slack' ? slackBody(saying) : activityBody(saying)
  const timestamp = String(Math.floor(Date.now() / 1000))
  const signature = createHmac('sha256', signingSecret).update(`v0:${timestamp}:${body}`).digest('hex')
  const signed =
    dress === 'slack'
      ? `x-slack-request-timestamp: ${timestamp}\r\nx-slack-signature: v0=${signature}\r\n`
      : ''
  const bytes = Buffer.from(
    `POST ${dress === 'slack' ? '/slack/events' : '/api/messages'} HTTP/1.1\r\nhost: 127.0.0.1\r\n` +
      `content-type: application/json\r\n${signed}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
  return { conversation: saying.conversation, bytes }
}
