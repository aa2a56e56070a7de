import { readFileSync } from 'node:fs'
import { createBotFrameworkAdapter, readBotFrameworkConfig } from '../../adapters/botframework/index.ts'
import type { BotFrameworkConfig } from '../../adapters/botframework/index.ts'
import {
  type ChannexConfig,
  channexWebhookStep,
  createChannexAdapter,
  readChannexConfig,
  readChannexRoute,
} from '../../adapters/channex/index.ts'
import { createTeamsManifest } from '../../adapters/botframework/manifest.ts'
import { createSlackAdapter, readSlackConfig, type SlackConfig } from '../../adapters/slack/index.ts'
import { createSlackManifest } from '../../adapters/slack/manifest.ts'
import { createCommands } from '../../src/cli/commands.ts'
import { runCommandLine } from '../../src/cli/run.ts'
import { systemClock } from '../../src/clock.ts'
import { readConfig } from '../../src/config/read.ts'
import type { Platform } from '../../src/connector.ts'
import { createLog } from '../../src/log.ts'

export interface CommandResult {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export const platforms: readonly Platform[] = [
  {
    name: 'slack',
    routeName: 'slack',
    routeKeys: ['team', 'channel'],
    switchedOnBy: 'SLACK_BOT_TOKEN',
    read: readSlackConfig,
    create: (config, context) => createSlackAdapter({ config: config as SlackConfig, ...context }),
  },
  {
    name: 'botframework',
    routeName: 'teams',
    routeKeys: ['tenant'],
    switchedOnBy: 'MicrosoftAppId',
    read: readBotFrameworkConfig,
    create: (config, context) =>
      createBotFrameworkAdapter({ config: config as BotFrameworkConfig, ...context }),
  },
  {
    name: 'channex',
    routeName: 'channex',
    routeKeys: ['property'],
    switchedOnBy: 'CHANNEX_API_KEY',
    onlyRoute: readChannexRoute,
    read: readChannexConfig,
    create: (config, context) => createChannexAdapter({ config: config as ChannexConfig, ...context }),
    setUp: [channexWebhookStep],
  },
]

const readFile = (path: string): string => readFileSync(path, 'utf8')

/** Runs a command in this process, with these settings and nothing else: the real program takes seconds to load. */
export const runCommand = async (
  args: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): Promise<CommandResult> => {
  const written = { out: '', err: '' }
  const note = (where: keyof typeof written) => (text: string) => void (written[where] += `${text}\n`)
  const version = '1.2.3'
  const code = await runCommandLine(
    args,
    createCommands(async () => {}, platforms),
    {
      version,
      configure: () => readConfig({ environment: settings, readFile, platforms, version }),
      platforms,
      manifests: { slack: createSlackManifest, teams: createTeamsManifest },
      surroundings: {
        clock: systemClock,
        random: Math.random,
        fetch: globalThis.fetch,
        log: createLog({ level: 'silent', pretty: false, output: process.stderr }),
      },
      print: note('out'),
      warn: note('err'),
    },
  )
  return { code, ...written }
}
