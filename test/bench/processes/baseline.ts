import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerQuestions, readOptions } from '../child.ts'
import { signingSecret } from '../events.ts'

/** What the connector is compared with. */
export type Baseline = 'bare' | 'bare forwarding' | 'bolt' | 'bolt forwarding' | 'cloud adapter'

/** Reads the body, verifies Slack's signature, answers 200: what no receiver of Slack's events can do without. */
const createBare = (forward?: (body: Buffer) => Promise<void>): Server =>
  createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks)
      const signature = String(request.headers['x-slack-signature'])
      const hmac = createHmac('sha256', signingSecret)
      hmac.update(`v0:${String(request.headers['x-slack-request-timestamp'])}:`).update(body)
      const authentic = timingSafeEqual(Buffer.from(`v0=${hmac.digest('hex')}`), Buffer.from(signature))
      response.writeHead(authentic ? 200 : 401).end()
      void forward?.(body)
    })
  })

/** A Bolt app as its documentation begins it; `forward` is called with each message. */
const createBolt = async (forward: (text: string, channel: string) => Promise<void>): Promise<Server> => {
  const { App, HTTPReceiver } = await import('@slack/bolt')
  const receiver = new HTTPReceiver({ signingSecret })
  const app = new App({
    receiver,
    authorize: async () => ({ botToken: 'xoxb-bench', botId: 'B0HOTEL', botUserId: 'U0HOTELBOT' }),
  })
  app.event('message', async ({ event }) => {
    await forward('text' in event ? (event.text ?? '') : '', event.channel)
  })
  return app.start(0)
}

/** One call to Mews for each event, with a thread for each conversation that is there already. */
const createForward =
  (mews: string) =>
  async (Text: string, channel: string): Promise<void> => {
    const MessageThreadId = `00000000-0000-4000-8000-${channel.replace('D0GUEST', '').padStart(12, '0')}`
    const response = await fetch(`${mews}/api/connector/v1/messages/add`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        ClientToken: 'client',
        AccessToken: 'access',
        Client: 'Bolt',
        Messages: [{ MessageThreadId, Text }],
      }),
    })
    await response.json()
  }

const createCloudAdapter = async (): Promise<Server> => {
  const { ActivityHandler, CloudAdapter, ConfigurationBotFrameworkAuthentication } =
    await import('botbuilder')
  const { default: restify } = await import('restify')
  const adapter = new CloudAdapter(new ConfigurationBotFrameworkAuthentication({}))
  const bot = new ActivityHandler()
  const server = restify.createServer()
  server.use(restify.plugins.bodyParser())
  server.post('/api/messages', async (request, response) => {
    await adapter.process(request as never, response as never, (context) => bot.run(context))
  })
  return server.server
}

const { baseline, mews = '' } = readOptions() as { readonly baseline: Baseline; readonly mews?: string }
const forward = createForward(mews)

const create: Readonly<Record<Baseline, () => Server | Promise<Server>>> = {
  bare: () => createBare(),
  'bare forwarding': () =>
    createBare(async (body) => {
      const { event } = JSON.parse(body.toString()) as { event: { text: string; channel: string } }
      await forward(event.text, event.channel)
    }),
  bolt: () => createBolt(async () => {}),
  'bolt forwarding': () => createBolt(forward),
  'cloud adapter': createCloudAdapter,
}

const server = await create[baseline]()
if (!server.listening) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
answerQuestions(() => (server.address() as AddressInfo).port)
