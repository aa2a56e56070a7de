import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '../../config/config.ts'
import type { Settings } from '../../port.ts'
import { createSandbox } from '../../sandbox/sandbox.ts'
import { serve, type ServeOptions } from './serve.ts'

/** The sandbox's own settings come from here instead of the environment. */
export interface SandboxServeOptions extends Omit<ServeOptions, 'hint' | 'onListening' | 'reloading'> {
  /** Reads a complete configuration from settings. */
  readonly configure: (settings: Settings) => Config
}

/** Runs the connector between a simulated Mews and simulated guests, all in this process and on loopback; forgets everything at the end. */
export const serveSandbox = async (options: SandboxServeOptions): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'mews-chat-sandbox-'))
  try {
    await serveIn(folder, options)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const serveIn = async (
  folder: string,
  { configure, config, ...options }: SandboxServeOptions,
): Promise<void> => {
  const { port } = config.http
  const webhookToken = randomBytes(32).toString('hex')
  const sandbox = await createSandbox({
    ...options.surroundings,
    webhookToken,
    port: port === 0 ? 0 : port + 1,
  })
  const settings: Settings = {
    PORT: String(port),
    HOST: '127.0.0.1',
    DATABASE_URL: `sqlite:${join(folder, 'sandbox.db')}`,
    MEWS_PLATFORM_ADDRESS: sandbox.mewsAddress,
    MEWS_CLIENT_TOKEN: sandbox.credentials.clientToken,
    MEWS_ACCESS_TOKEN: sandbox.credentials.accessToken,
    MEWS_ENTERPRISE_ID: sandbox.credentials.enterpriseId,
    MEWS_WEBHOOK_TOKEN: webhookToken,
    MEWS_STAY: 'email',
    BOT_ALLOW_ANONYMOUS: 'true',
    BOT_SERVICE_URLS: sandbox.url,
    ADMIN_TOKEN: config.http.adminToken,
  }
  try {
    await serve({
      ...options,
      config: configure(settings),
      hint: ` · this is the sandbox, open ${sandbox.url} in a browser`,
      onListening: (address) => sandbox.connectTo(address),
    })
  } finally {
    await sandbox.close()
  }
}
