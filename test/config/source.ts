import { botFrameworkSettings } from '../../adapters/botframework/settings.ts'
import { channexSettings } from '../../adapters/channex/config.ts'
import { slackSettings } from '../../adapters/slack/config.ts'
import type { Config } from '../../src/config/config.ts'
import type { PlatformReader } from '../../src/config/platform.ts'
import { ConfigError, type Problem } from '../../src/config/problems.ts'
import { readConfig } from '../../src/config/read.ts'
import type { Settings } from '../../src/port.ts'

/** Stand-ins for the adapters' own readers: on when their first setting is there. */
export const platforms: readonly PlatformReader[] = [
  {
    name: 'slack',
    routeName: 'slack',
    routeKeys: ['team', 'channel'],
    settings: slackSettings,
    settingPrefixes: ['SLACK_'],
    switchedOnBy: 'SLACK_BOT_TOKEN',
    read: ({ SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET }, report) => {
      if (SLACK_BOT_TOKEN === undefined) return undefined
      if (SLACK_SIGNING_SECRET === undefined) report('SLACK_SIGNING_SECRET', 'is missing')
      return { token: SLACK_BOT_TOKEN }
    },
  },
  {
    name: 'botframework',
    routeName: 'teams',
    routeKeys: ['tenant', 'team', 'conversation'],
    settings: botFrameworkSettings,
    settingPrefixes: ['Microsoft', 'BOT_'],
    switchedOnBy: 'MicrosoftAppId',
    read: ({ MicrosoftAppId, BOT_ALLOW_ANONYMOUS }) =>
      MicrosoftAppId !== undefined || BOT_ALLOW_ANONYMOUS === 'true' ? {} : undefined,
  },
  {
    name: 'channex',
    routeName: 'channex',
    routeKeys: ['property'],
    settings: channexSettings,
    settingPrefixes: ['CHANNEX_'],
    switchedOnBy: 'CHANNEX_API_KEY',
    read: ({ CHANNEX_API_KEY }) => (CHANNEX_API_KEY === undefined ? undefined : {}),
  },
]

/** The least that runs one property with Slack. */
export const complete: Settings = {
  MEWS_CLIENT_TOKEN: 'client-1',
  MEWS_ACCESS_TOKEN: 'access-1',
  MEWS_WEBHOOK_TOKEN: 'hook-1-of-the-tests',
  SLACK_BOT_TOKEN: 'xoxb-1',
  SLACK_SIGNING_SECRET: 'signing-1',
}

/** Reads settings with an optional `CONFIG_FILE`. */
export const read = (environment: Settings, file?: string): Config =>
  readConfig({
    environment: file === undefined ? environment : { ...environment, CONFIG_FILE: 'connector.yaml' },
    readFile: () => file ?? '',
    platforms,
    version: '1.2.3',
  })

/** What is wrong with settings; empty when nothing is. */
export const problemsOf = (environment: Settings, file?: string): readonly Problem[] => {
  try {
    read(environment, file)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

/** The names of the settings that something is wrong with. */
export const wrongSettings = (environment: Settings, file?: string): readonly string[] =>
  problemsOf(environment, file).map(({ setting }) => setting)
