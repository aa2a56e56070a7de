import { hash } from 'node:crypto'

export interface TeamsManifestOptions {
  /** The bot's app id, a GUID. */
  readonly appId: string
  /** The package's version. */
  readonly version: string
  /** Where people learn who runs this and what becomes of what they write. */
  readonly website: string
  /** Also hear what does not mention the bot, in teams and group chats that agree to it. */
  readonly allMessages: boolean
}

const schema = 'https://developer.microsoft.com/json-schemas/teams/v1.30/MicrosoftTeams.schema.json'

const commands = [
  { title: 'help', description: 'What you can do here' },
  { title: 'status', description: 'Whether your messages have arrived' },
  { title: 'new', description: 'Begin a new conversation with the hotel' },
] as const

const scopes = ['personal', 'team', 'groupChat'] as const

/** The Teams app's own id: always the same for one bot, so that a new package replaces the old one. */
const toAppId = (botId: string): string => {
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

/** What the bot needs to hear everything: asked of each team and group chat. */
const hearingAll = (appId: string): object => ({
  webApplicationInfo: { id: appId, resource: 'https://notapplicable' },
  authorization: {
    permissions: {
      resourceSpecific: [
        { name: 'ChannelMessage.Read.Group', type: 'Application' },
        { name: 'ChatMessage.Read.Chat', type: 'Application' },
      ],
    },
  },
})

/** The Teams app, as manifest schema 1.30 has it. */
export const createTeamsManifest = ({
  appId,
  version,
  website,
  allMessages,
}: TeamsManifestOptions): object => ({
  $schema: schema,
  manifestVersion: '1.30',
  version: version.replace(/-.*$/, ''),
  id: toAppId(appId),
  developer: {
    name: 'Hotel Concierge',
    websiteUrl: website,
    privacyUrl: website,
    termsOfUseUrl: website,
  },
  name: { short: 'Hotel Concierge', full: 'Hotel Concierge: write to the front desk' },
  description: {
    short: "Write to the hotel's front desk from Teams.",
    full: "Whatever you write to this bot goes to the hotel's staff, and their answers come back here. In channels and group chats, mention it.",
  },
  icons: { color: 'color.png', outline: 'outline.png' },
  accentColor: '#1c2b33',
  defaultInstallScope: 'personal',
  bots: [
    {
      botId: appId,
      scopes,
      supportsFiles: false,
      commandLists: [{ scopes, commands }],
    },
  ],
  ...(allMessages ? hearingAll(appId) : {}),
})
