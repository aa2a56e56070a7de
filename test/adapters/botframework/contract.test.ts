import { adapterContract } from '../../contracts/adapter/adapter.ts'
import type { AdapterHarness, SendFault } from '../../contracts/adapter/harness.ts'
import { isConnectorRequest } from '../../fakes/botframework/botframework.ts'
import type { Fault } from '../../fakes/server.ts'
import { addressOf, createSetup } from './setup.ts'

const html = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Signed in</html>' }

const faults: Readonly<Record<Exclude<SendFault, 'refused connection'>, Fault>> = {
  limited: {
    kind: 'answer',
    applied: false,
    answer: { status: 429, headers: { 'retry-after': '7' }, body: { error: { code: 'Throttled' } } },
  },
  'refused for good': {
    kind: 'answer',
    applied: false,
    answer: { status: 404, body: { error: { code: 'ConversationNotFound', message: 'Yes, until 02:00.' } } },
  },
  'reset before applying': { kind: 'reset', applied: false },
  'reset after applying': { kind: 'reset', applied: true },
  'server error after applying': { kind: 'answer', applied: true, answer: { status: 500, body: '' } },
  'html after applying': { kind: 'answer', applied: true, answer: html },
  hang: { kind: 'hang', applied: false },
}

const createHarness = async (): Promise<AdapterHarness> => {
  const setup = await createSetup()
  const { fake, adapter, inbox } = setup
  const address = await addressOf(setup, 'channel')
  const other = { claims: { aud: 'another-app' } }
  return {
    adapter,
    inbox,
    platform: {
      failSend: (fault) => {
        if (fault === 'refused connection') return fake.server.pause()
        return fake.server.fail(faults[fault], { match: isConnectorRequest })
      },
      posted: () => fake.connector.all().map(({ activity }) => String(activity['text'])),
      attempts: () => fake.attempts(),
    },
    author: { id: '29:guest', name: 'Ines Ferreira' },
    request: (text, conversation) =>
      fake.request(fake.activities.message(text, conversation === 'second' ? 'channel' : 'personal')),
    redelivered: (request) => fake.requestWith(request.body),
    forged: async ({ body }) =>
      fake.requestWith(body, `Bearer ${await fake.issuer.token(fake.serviceUrl, other)}`),
    stale: async ({ body }) => {
      const exp = Math.floor(Date.now() / 1000) - 3600
      return fake.requestWith(body, `Bearer ${await fake.issuer.token(fake.serviceUrl, { claims: { exp } })}`)
    },
    signed: (body) => fake.requestWith(body),
    echo: () => {
      const bot = { id: `28:${fake.settings['MicrosoftAppId'] ?? ''}`, name: 'Concierge' }
      return fake.request({ ...fake.activities.message('From the bot'), from: bot })
    },
    unknownEvent: () => fake.request(fake.activities.event('hologramUpdate')),
    address: () => address,
    hostile: [
      '**bold** _it_ [x](https://x.example) # h',
      '<b>x</b> &amp; <at>Ines</at>',
      '1. a\n\n- b\n> c',
      '`x` | y',
    ].map((text) => ({ text, arrives: text })),
    limit: 20_000,
    confirms: false,
    now: () => setup.clock.now(),
    advance: (ms) => setup.clock.step(ms),
    close: () => setup.close(),
  }
}

adapterContract('botframework', createHarness)
