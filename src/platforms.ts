import { type BotFrameworkConfig, readBotFrameworkConfig } from '../adapters/botframework/config.ts'
import { createTeamsManifest, teamsManifestLimits } from '../adapters/botframework/manifest.ts'
import { botFrameworkSettings } from '../adapters/botframework/settings.ts'
import {
  type ChannexConfig,
  channexSettings,
  readChannexConfig,
  readChannexRoute,
} from '../adapters/channex/config.ts'
import { channexWebhookStep } from '../adapters/channex/set-up/set-up.ts'
import { readSlackConfig, type SlackConfig, slackSettings } from '../adapters/slack/config.ts'
import { createSlackManifest, slackManifestLimits } from '../adapters/slack/manifest.ts'
import type { CommandWorld } from './cli/command.ts'
import type { Platform } from './connector.ts'

/** Which adapters there are. Each is loaded once it is needed: what platforms bring along is most of what the program is made of. */
export const platforms: readonly Platform[] = [
  {
    name: 'slack',
    routeName: 'slack',
    routeKeys: ['enterprise', 'team', 'channel'],
    settings: slackSettings,
    settingPrefixes: ['SLACK_'],
    switchedOnBy: 'SLACK_BOT_TOKEN or SLACK_CLIENT_ID',
    guestsSay: ['Slack'],
    read: readSlackConfig,
    load: async () => {
      const { createSlackAdapter } = await import('../adapters/slack/index.ts')
      return (config, context) => createSlackAdapter({ config: config as SlackConfig, ...context })
    },
  },
  {
    name: 'botframework',
    routeName: 'teams',
    routeKeys: ['tenant', 'team', 'conversation'],
    settings: botFrameworkSettings,
    settingPrefixes: ['Microsoft', 'BOT_'],
    switchedOnBy: 'MicrosoftAppId',
    guestsSay: ['Microsoft Teams'],
    read: readBotFrameworkConfig,
    load: async () => {
      const { createBotFrameworkAdapter } = await import('../adapters/botframework/index.ts')
      return (config, context) =>
        createBotFrameworkAdapter({ config: config as BotFrameworkConfig, ...context })
    },
  },
  {
    name: 'channex',
    routeName: 'channex',
    routeKeys: ['property'],
    settings: channexSettings,
    settingPrefixes: ['CHANNEX_'],
    switchedOnBy: 'CHANNEX_API_KEY',
    guestsSay: ['Booking.com', 'Airbnb', 'Expedia'],
    onlyRoute: readChannexRoute,
    read: readChannexConfig,
    load: async () => {
      const { createChannexAdapter } = await import('../adapters/channex/index.ts')
      return (config, context) => createChannexAdapter({ config: config as ChannexConfig, ...context })
    },
    setUp: [channexWebhookStep],
  },
]

/** How the platforms' apps are described. */
export const manifests: CommandWorld['manifests'] = {
  slack: { limits: slackManifestLimits, create: createSlackManifest },
  teams: { limits: teamsManifestLimits, create: createTeamsManifest },
}
