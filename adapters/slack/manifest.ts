import type { webApi } from '@slack/bolt'

/** The events that the adapter handles, each with the permissions without which Slack does not send it. */
export const slackEvents: Readonly<Partial<Record<Event, readonly Scope[]>>> = {
  app_home_opened: [],
  app_mention: ['app_mentions:read'],
  app_uninstalled: [],
  channel_id_changed: ['channels:read', 'groups:read'],
  member_joined_channel: ['channels:read', 'groups:read'],
  'message.channels': ['channels:history'],
  'message.groups': ['groups:history'],
  'message.im': ['im:history'],
  'message.mpim': ['mpim:history'],
  tokens_revoked: [],
}

/** The methods that the adapter calls, each with its permissions; histories need what their events need. */
export const slackMethods: Readonly<Record<string, readonly Scope[]>> = {
  'chat.delete': ['chat:write'],
  'chat.postMessage': ['chat:write'],
  'chat.update': ['chat:write'],
  'conversations.history': ['channels:history', 'groups:history', 'im:history', 'mpim:history'],
  'conversations.replies': ['channels:history', 'groups:history', 'im:history', 'mpim:history'],
  'files.info': [],
  'reactions.add': ['reactions:write'],
  'reactions.remove': ['reactions:write'],
  'users.info': ['users:read'],
  'views.publish': [],
}

/** The optional permissions: without them only details of files that Slack left out of an event are missing, and the address by which a guest's stay is found. */
export const slackOptionalScopes: readonly Scope[] = ['files:read', 'users:read.email']

/** The permissions that the app asks for, in alphabetical order; without one of them something does not work. */
export const slackScopes: readonly Scope[] = [
  ...new Set<Scope>([
    'commands',
    ...Object.values(slackEvents).flat(),
    ...Object.values(slackMethods).flat(),
  ]),
].toSorted()

export interface SlackManifestOptions {
  /** Without a slash at its end. It may be left out only where the app fetches its events itself. */
  readonly publicUrl?: string | undefined
  /** What people see; up to 35 characters. */
  readonly name?: string | undefined
  /** Up to 140 characters. */
  readonly description?: string | undefined
  /** For any number of workspaces: installed over the connector's own page. */
  readonly oauth: boolean
  /** The app fetches its events over a connection of its own: Slack need not reach it. */
  readonly socket: boolean
}

/** Characters (`display_information` of Slack's manifest schema 2). */
export const slackManifestLimits = { name: 35, description: 140 } as const

/** The Slack app, as Slack's manifest schema 2 has it. */
export const createSlackManifest = (options: SlackManifestOptions): Manifest => {
  const { publicUrl = '', name = 'Hotel Concierge', oauth, socket } = options
  const { description = "Write to the hotel's front desk from Slack." } = options
  const url = `${publicUrl}/slack/events`
  const redirect = { redirect_urls: [`${publicUrl}/slack/oauth_redirect`] }
  return {
    _metadata: { major_version: 2 },
    display_information: {
      name,
      description,
      background_color: '#1c2b33',
    },
    features: {
      app_home: { home_tab_enabled: true, messages_tab_enabled: true, messages_tab_read_only_enabled: false },
      bot_user: { display_name: name, always_online: true },
      shortcuts: [
        {
          name: 'Send to the hotel',
          type: 'message',
          callback_id: 'send_to_hotel',
          description: "Passes this message on to the hotel's staff.",
        },
      ],
      slash_commands: [
        {
          command: '/hotel',
          ...(socket ? {} : { url }),
          description: 'Help, state of your messages, or a new conversation.',
          usage_hint: 'help | status | new | language',
          should_escape: true,
        },
      ],
    },
    oauth_config: {
      ...(socket && !oauth ? {} : redirect),
      scopes: { bot: [...slackScopes], bot_optional: [...slackOptionalScopes] },
    },
    settings: {
      event_subscriptions: {
        ...(socket ? {} : { request_url: url }),
        bot_events: Object.keys(slackEvents) as Event[],
      },
      interactivity: { is_enabled: true, ...(socket ? {} : { request_url: url }) },
      org_deploy_enabled: true,
      socket_mode_enabled: socket,
      token_rotation_enabled: oauth,
    },
  }
}

type Event = NonNullable<Subscriptions['bot_events']>[number]

type Subscriptions = NonNullable<NonNullable<Manifest['settings']>['event_subscriptions']>

/** Slack's own description of a manifest: it knows every event and permission by name. */
type Manifest = webApi.AppsManifestValidateArguments['manifest']

type Scope = NonNullable<NonNullable<NonNullable<Manifest['oauth_config']>['scopes']>['bot']>[number]
