import { webhookToken } from './system-fixture.ts'
import { createFakeChannex, fakeAccount, type FakeChannex } from '../../fakes/channex/channex.ts'
import { createFakeMews, type FakeMews } from '../../fakes/mews/mews.ts'
import { type ConnectorProcess, createConnectorProcess } from './connector-process.ts'

/** Channex on one side, Mews on the other, and the real program between them. */
export interface ChannexBridge {
  readonly mews: FakeMews
  readonly channex: FakeChannex
  readonly connector: ConnectorProcess
  close(): Promise<void>
}

/** Prepares the program; without webhooks it looks often. `settings` come on top. */
export const createChannexBridge = async (
  webhooks: 'sent' | 'dropped',
  settings: Readonly<Record<string, string>> = {},
): Promise<ChannexBridge> => {
  const mews = await createFakeMews()
  const channex = await createFakeChannex()
  channex.switches.webhooks = webhooks
  const connector = await createConnectorProcess(() => ({
    MEWS_CONFIRM_SECONDS: '0.3',
    MEWS_TIMEOUT_SECONDS: '20',
    DELIVERY_RETRY_SECONDS: '0.05',
    MEWS_PLATFORM_ADDRESS: mews.url,
    MEWS_CLIENT_TOKEN: mews.clientToken,
    MEWS_ACCESS_TOKEN: mews.properties[0]?.accessToken ?? '',
    MEWS_WEBHOOK_TOKEN: webhookToken,
    CHANNEX_API_KEY: fakeAccount.apiKey,
    CHANNEX_WEBHOOK_SECRET: fakeAccount.secret,
    CHANNEX_BASE_URL: channex.url,
    CHANNEX_PROPERTY_ID: fakeAccount.propertyId,
    CHANNEX_SYNC_SECONDS: webhooks === 'sent' ? '120' : '0.1',
    ...settings,
  }))
  mews.announceTo(`${connector.url}/mews/webhooks?Token=${webhookToken}`)
  channex.announceTo(`${connector.url}/channex/webhooks`)
  return {
    mews,
    channex,
    connector,
    close: async () => {
      await connector.dispose()
      await Promise.all([mews.close(), channex.close()])
    },
  }
}
