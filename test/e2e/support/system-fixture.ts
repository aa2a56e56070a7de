import { createFakeBotFramework, type FakeBotFramework } from '../../fakes/botframework/botframework.ts'
import { createFakeChannex, fakeAccount, type FakeChannex } from '../../fakes/channex/channex.ts'
import { createFakeMews, type FakeMews, type FakeMewsOptions } from '../../fakes/mews/mews.ts'
import { createFakeSlack, fakeWorkspace, type FakeSlack } from '../../fakes/slack/slack.ts'
import { type ConnectorProcess, createConnectorProcess } from './connector-process.ts'

/** Both sides of the bridge on loopback, and the real program between them. */
export interface SystemFixture {
  readonly mews: FakeMews
  readonly slack: FakeSlack
  readonly teams: FakeBotFramework
  readonly channex: FakeChannex
  readonly connector: ConnectorProcess
  close(): Promise<void>
}

export const webhookToken = 'webhook-token-of-the-tests'

/** Patience in fractions of a second: the fakes answer at once. */
const quick = {
  MEWS_CONFIRM_SECONDS: '0.3',
  // Whoever stands still for longer than this plus the confirmation would be taken for not having applied a request.
  MEWS_TIMEOUT_SECONDS: '20',
  DELIVERY_RETRY_SECONDS: '0.05',
  SLACK_CONFIRM_SECONDS: '0.3',
  SLACK_HISTORY_SECONDS: '0.1',
}

/** Starts the fakes and prepares the program with `create`; `settings` come on top of those that join them. */
export const createSystemFixture = async (
  settings: Readonly<Record<string, string>> = {},
  options: FakeMewsOptions = {},
  create: typeof createConnectorProcess = createConnectorProcess,
): Promise<SystemFixture> => {
  const mews = await createFakeMews(options)
  const slack = await createFakeSlack()
  const teams = await createFakeBotFramework()
  const channex = await createFakeChannex()
  const [property] = mews.properties
  const connector = await create(() => ({
    ...quick,
    MEWS_PLATFORM_ADDRESS: mews.url,
    MEWS_CLIENT_TOKEN: mews.clientToken,
    MEWS_ACCESS_TOKEN: property?.accessToken ?? '',
    MEWS_WEBHOOK_TOKEN: webhookToken,
    SLACK_SIGNING_SECRET: fakeWorkspace.signingSecret,
    SLACK_BOT_TOKEN: fakeWorkspace.botToken,
    SLACK_API_URL: slack.url,
    CHANNEX_API_KEY: fakeAccount.apiKey,
    CHANNEX_WEBHOOK_SECRET: fakeAccount.secret,
    CHANNEX_BASE_URL: channex.url,
    CHANNEX_PROPERTY_ID: fakeAccount.propertyId,
    ...(teams.settings as Readonly<Record<string, string>>),
    ...settings,
  }))
  mews.announceTo(`${connector.url}/mews/webhooks?Token=${webhookToken}`)
  channex.announceTo(`${connector.url}/channex/webhooks`)
  slack.connect(`${connector.url}/slack/events`)
  slack.addUser('U0PENELOPE', 'Penelope Morgan')
  return {
    mews,
    slack,
    teams,
    channex,
    connector,
    close: async () => {
      await connector.dispose()
      await Promise.all([mews.close(), slack.close(), teams.server.close(), channex.close()])
    },
  }
}
