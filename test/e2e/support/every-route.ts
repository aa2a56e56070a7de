import { fakeAccount } from '../../fakes/channex/channex.ts'
import { fakeWorkspace } from '../../fakes/slack/slack.ts'
import { signSlackRequest } from '../../fakes/slack/events.ts'
import type { ConnectorProcess } from './connector-process.ts'

const paths = [
  '/',
  '/privacy',
  '/healthz',
  '/metrics',
  '/api/messages',
  '/slack/events',
  '/slack/install',
  '/slack/oauth_redirect',
  '/mews/webhooks',
  '/channex/webhooks',
  '/files/1/menu.pdf',
  '/admin',
  '/admin/sign-in',
  '/admin/conversations',
  '/admin/conversation',
  '/admin/deliveries',
  '/admin/download',
  '/admin/status',
]

const forms = (words: string): readonly (readonly [type: string, body: string])[] => {
  const thing = {
    type: words,
    text: words,
    event: { type: words, text: words },
    id: words,
    EnterpriseId: words,
  }
  return [
    ['application/json', JSON.stringify(thing)],
    ['application/json', `{"type":"${words}`],
    [
      'application/x-www-form-urlencoded',
      `token=${encodeURIComponent(words)}&payload=${encodeURIComponent(words)}`,
    ],
    [words, words],
  ]
}

/** What platforms send with their secrets, and nothing in it that is known. */
const genuine = (
  words: string,
  { settings }: ConnectorProcess,
): readonly (readonly [string, RequestInit])[] => {
  const slack = [
    { type: words },
    { type: words.repeat(100), team_id: words },
    { type: 'app_rate_limited', team_id: words, minute_rate_limited: words },
    {
      type: 'event_callback',
      team_id: words,
      event_id: words,
      event: { type: words, text: words, channel: words },
    },
  ].map((body): readonly [string, RequestInit] => {
    const signed = signSlackRequest(body, { secret: fakeWorkspace.signingSecret, now: Date.now() })
    return [
      '/slack/events',
      { headers: signed.headers as Record<string, string>, body: new Uint8Array(signed.body) },
    ]
  })
  const events = [{ Discriminator: words, Value: { Id: words } }]
  const json = { 'content-type': 'application/json' }
  return [
    ...slack,
    [
      `/mews/webhooks?Token=${settings['MEWS_WEBHOOK_TOKEN']}`,
      {
        headers: json,
        body: JSON.stringify({ EnterpriseId: words, Events: events, Entities: { Messages: words } }),
      },
    ],
    [
      '/channex/webhooks',
      {
        headers: { ...json, 'x-channex-webhook-secret': fakeAccount.secret },
        body: JSON.stringify({ event: words, property_id: words, payload: { message: words } }),
      },
    ],
  ]
}

/** Sends these words to every route, wherever a request can carry them; resolves with how many requests were answered. */
export const sendToEveryRoute = async (connector: ConnectorProcess, words: string): Promise<number> => {
  const quoted = encodeURIComponent(words)
  const headers = {
    authorization: `Bearer ${words}`,
    cookie: `session=${quoted}`,
    'user-agent': words,
    'x-channex-webhook-secret': words,
    'x-slack-request-timestamp': String(Math.floor(Date.now() / 1000)),
    'x-slack-signature': `v0=${words}`,
  }
  let answered = 0
  const send = async (path: string, init: RequestInit): Promise<void> => {
    const response = await fetch(`${connector.url}${path}`, { redirect: 'manual', ...init })
    await response.arrayBuffer()
    answered += 1
  }
  for (const path of paths) {
    const query = `?id=${quoted}&Token=${quoted}&code=${quoted}&state=${quoted}&error=${quoted}&format=${quoted}`
    await send(`${path}${query}`, { headers })
    await send(`${path}/${quoted}`, { headers })
    for (const [type, body] of forms(words))
      await send(`${path}${query}`, { method: 'POST', headers: { ...headers, 'content-type': type }, body })
  }
  for (const [path, init] of genuine(words, connector)) await send(path, { method: 'POST', ...init })
  return answered
}
