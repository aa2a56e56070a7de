import { hash } from 'node:crypto'

export interface TeamsManifestOptions {
  /** The bot's app id, a GUID. */
  readonly appId: string
  /** The package's version. */
  readonly version: string
  /** What people see; up to 30 characters. */
  readonly name?: string | undefined
  /** Up to 80 characters. */
  readonly description?: string | undefined
  /** Who offers it, up to 32 characters; default the name. */
  readonly developer?: string | undefined
  /** Https pages for people: what this is, the privacy policy, and the terms of use. */
  readonly website: string
  readonly privacyUrl: string
  readonly termsUrl: string
  /** Whether the bot also receives messages that do not mention it, in teams and group chats that agree to it. */
  readonly allMessages: boolean
}

/**
 * Characters as manifest schema 1.30 has them; names with Microsoft's own are refused by its store
 * (https://learn.microsoft.com/microsoftteams/platform/concepts/deploy-and-publish/appsource/prepare/teams-store-validation-guidelines).
 */
export const teamsManifestLimits = {
  name: 30,
  description: 80,
  developer: 32,
  notInName: ['Microsoft', 'Teams'],
} as const

/** The Teams app, as manifest schema 1.30 has it. */
export const createTeamsManifest = (options: TeamsManifestOptions): object => {
  const { appId, version, website, privacyUrl, termsUrl, allMessages } = options
  const { name = 'Hotel Concierge', developer = name } = options
  const { description = "Write to the hotel's front desk from Microsoft Teams." } = options
  return {
    $schema: schema,
    manifestVersion: '1.30',
    version: version.replace(/-.*$/, ''),
    id: toAppId(appId),
    developer: { name: developer, websiteUrl: website, privacyUrl, termsOfUseUrl: termsUrl },
    name: { short: name, full: `${name}: write to the front desk` },
    description: { short: description, full: toFullDescription(description, website, privacyUrl) },
    icons: { color: 'color.png', outline: 'outline.png' },
    accentColor: '#1c2b33',
    defaultInstallScope: 'personal',
    // Teams refuses packages with scope `team` without it; it lets the bot into shared and private channels.
    supportsChannelFeatures: 'tier1',
    bots: [
      {
        botId: appId,
        scopes,
        supportsFiles: false,
        supportsTargetedMessages: true,
        commandLists: [{ scopes, commands }],
      },
    ],
    ...(allMessages ? hearingAll(appId) : {}),
  }
}

const schema = 'https://developer.microsoft.com/json-schemas/teams/v1.30/MicrosoftTeams.schema.json'

const scopes = ['personal', 'team', 'groupChat'] as const

const commands = [
  { title: 'help', description: 'What you can do here' },
  { title: 'status', description: 'Whether your messages have arrived' },
  { title: 'new', description: 'Start a new conversation with the hotel' },
  { title: 'language', description: 'Choose the language of this bot: language fr' },
] as const

/** The Teams app's own id: always the same for one bot, so that a new package replaces the old one. */
function toAppId(botId: string): string {
  const hex = hash('sha256', `mews-chat-connector:${botId.toLowerCase()}`, 'hex')
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16)
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(18, 20)}`,
    hex.slice(20, 32),
  ].join('-')
}

/** For the app's page in the store: for whom it is, how it is used, what it needs. Markdown. */
function toFullDescription(description: string, website: string, privacyUrl: string): string {
  return [
    description,
    "For guests and business partners of the hotel: what you write to this bot goes to the hotel's staff, and their answers come back into the same conversation within Microsoft Teams.",
    [
      '- In a personal chat, just write.',
      '- In a channel or a group chat, mention the bot with what you want to tell the hotel; the conversation stays in that thread.',
      '- **help** says what you can do, **status** whether your messages have arrived, and **new** begins another conversation.',
    ].join('\n'),
    'The hotel must have connected its front desk to this bot. You need no account of your own.',
    `[About this service](${website}) · [Privacy](${privacyUrl})`,
  ].join('\n\n')
}

/** The permissions to receive every message; each team and group chat is asked for them. */
function hearingAll(appId: string): object {
  return {
    webApplicationInfo: { id: appId, resource: 'https://notapplicable' },
    authorization: {
      permissions: {
        resourceSpecific: [
          { name: 'ChannelMessage.Read.Group', type: 'Application' },
          { name: 'ChatMessage.Read.Chat', type: 'Application' },
        ],
      },
    },
  }
}
